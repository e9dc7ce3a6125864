package ftpd

import (
	"time"

	"trawl/ftpd/tree"
)

// Links is how listings show links.
type Links uint8

const (
	// ShowTargets shows that they are links, and where they lead: "name -> target" in LIST, OS.unix=slink:target in MLSD.
	ShowTargets Links = iota
	// ShowLinks is the same but for MLSD, which has OS.unix=symlink: some clients know that alone.
	ShowLinks
	// FollowLinks shows what they lead to under their names. Links that lead nowhere are left out. LIST -R does not go into
	// them.
	FollowLinks
)

// Style is the form of the lines of LIST.
type Style uint8

// The styles.
const (
	UnixStyle    Style = iota // that of ls -l
	WindowsStyle              // that of DIR, as IIS sends it
)

// newWindowsLine returns the form of DIR, with the time in UTC. There are no . and .., as IIS sends none.
//
//	11-22-24  08:16AM                 1234 README
//	11-22-24  08:16PM       <DIR>          pub
func newWindowsLine(o listOptions) liner {
	return func(line []byte, e *tree.Entry, name, _ string) []byte {
		at := e.Time
		if at == tree.UnknownTime {
			at = 0
		}
		line = time.Unix(at, 0).UTC().AppendFormat(line, "01-02-06  03:04PM")
		if e.Mode.IsDir() {
			line = append(line, "       <DIR>         "...)
		} else {
			line = appendRight(line, e.Size, 21)
		}
		return append(append(line, ' '), o.visible(name)...)
	}
}
