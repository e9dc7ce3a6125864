package index

// Cause says why a host or a file could not be had. The list is closed: all of them may be
// shown to anybody, since none holds an address, a path or words of this machine.
type Cause string

// The causes.
const (
	NoCause      Cause = ""            // nothing failed
	NoName       Cause = "no-name"     // the name of the host is not found
	Refused      Cause = "refused"     // nothing listens there
	Unreachable  Cause = "unreachable" // no way leads there
	NoAnswer     Cause = "no-answer"   // the host was silent for too long
	Lost         Cause = "lost"        // the connection broke off
	Busy         Cause = "busy"        // the host takes no more connections now
	LoginRefused Cause = "login"       // the host does not let us in
	Encrypted    Cause = "encrypted"   // the host takes encrypted connections only
	Untrusted    Cause = "untrusted"   // its certificate or key is not the one that is trusted
	Absent       Cause = "absent"      // the host no longer has the file
	Unnamed      Cause = "unnamed"     // the protocol of the host cannot say the name of the file
	Forbidden    Cause = "forbidden"   // the host does not give the file, or list the directory
	Changed      Cause = "changed"     // the file is not the one that the catalogue holds
	NoRestart    Cause = "no-restart"  // the host sends files only from their beginning
	Unwelcome    Cause = "unwelcome"   // its robots.txt asks not to be visited
	Crowded      Cause = "crowded"     // a limit of ours is reached: later perhaps
	Garbled      Cause = "garbled"     // the host says what is not understood
	Other        Cause = "other"       // the log of the owner says more
)
