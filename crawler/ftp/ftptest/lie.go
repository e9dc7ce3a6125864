package ftptest

// Lie is how a Liar misbehaves.
type Lie string

// The lies of the connection: it hangs, drips, breaks off or is no FTP.
const (
	Honest         Lie = "none"
	HangGreeting   Lie = "says nothing at all"
	HangUser       Lie = "hangs at USER"
	HangPass       Lie = "hangs at PASS"
	HangFeat       Lie = "hangs at FEAT"
	HangType       Lie = "hangs at TYPE"
	HangPassive    Lie = "hangs at EPSV and PASV"
	HangList       Lie = "hangs at the listing"
	HangData       Lie = "hangs in the middle of the data"
	HangEnd        Lie = "hangs after the data"
	Drip           Lie = "sends a reply a byte at a time, without end"
	DripData       Lie = "sends a listing a byte at a time"
	DropData       Lie = "drops the data connection in the middle"
	DropControl    Lie = "drops both connections in the middle"
	EndFirst       Lie = "answers 226 before the data"
	EndTwice       Lie = "answers 226 before the data and after it"
	EndThrice      Lie = "answers 226 before the data and twice after it"
	EndOnly        Lie = "answers 226 before the data, and never 150"
	LongReply      Lie = "answers what is to be transferred by a line of 1 MB"
	BusyTenth      Lie = "answers 421 at the tenth directory"
	BusyLogin      Lie = "takes two connections and answers 530 to others"
	RefuseLogin    Lie = "lets nobody in"
	HangLine       Lie = "hangs in the middle of a line"
	EndlessWait    Lie = "greets by 120 again and again"
	EndlessReply   Lie = "gives a greeting without end"
	EndlessFeat    Lie = "gives a reply to FEAT without end"
	Garbage        Lie = "answers what is no FTP"
	ForeignPassive Lie = "sends data connections to another host"
	ControlPassive Lie = "sends data connections to its control port"
	Swallows       Lie = "loses commands that are sent ahead"
)

// Servers that are not among Lies: a client must know more than most servers ask for.
const (
	WantsAccount Lie = "wants an account after the password"
	WantsPRET    Lie = "wants PRET before PASV"
	RefusesPRET  Lie = "asks for PRET and does not know it"
	WantsManners Lie = "wants CLNT, OPTS UTF8 and OPTS MLST before it lists"
	DeadEPSV     Lie = "answers EPSV with a port where nobody listens"
	HalfFile     Lie = "sends half of a file and says 226"
	FicklePasv   Lie = "knows EPSV only for some directories, and then PASV only"
)

// The lies of TLS, for clients that ask for it.
const (
	ChangesCert    Lie = "has another certificate on each connection"
	GarbageTLS     Lie = "answers a TLS handshake with garbage"
	HangTLS        Lie = "hangs at a TLS handshake"
	GarbageDataTLS Lie = "answers a TLS handshake of data connections with garbage"
	HangDataTLS    Lie = "hangs at a TLS handshake of data connections"
)

// The lies of listings: they are incomplete, without end, or false.
const (
	Truncates      Lie = "leaves half of the lines out and says 226"
	ChangesDialect Lie = "lists every other directory as DOS does"
	NoRecursion    Lie = "takes -R for nothing"
	EndlessList    Lie = "gives a listing without end"
	EndlessChatter Lie = "gives what is no listing without end"
	LongName       Lie = "has a name of 1 MB"
	HostileNames   Lie = "has names that are paths and codes of terminals"
	Loop           Lie = "has a directory that contains itself"
	Cycle          Lie = "has directories that lead to each other, with other files each time, and says which they are"
	Links          Lie = "shows links as directories, with other sizes each time"
	Alternates     Lie = "holds something else at each look"
	ManyFiles      Lie = "has millions of files in one directory"
	ManyDirs       Lie = "names directories without end"
	LongDirs       Lie = "names directories of 700 bytes without end"
	Labyrinth      Lie = "has a thousand new directories in each"
	Abyss          Lie = "has a directory in each, without end"
	EmptyTree      Lie = "has very many directories, all of them empty"
	Ghosts         Lie = "lists a million directories that are not there"
	KeptOut        Lie = "has a .notrawl in each of very many directories"
)

// The lies of files that a crawler fetches.
const (
	Bomb          Lie = "publishes an ls-lR.gz that unpacks to 10 GB"
	BombXZ        Lie = "publishes an ls-lR.xz that unpacks to 10 GB"
	BombZstd      Lie = "publishes an ls-lR.zst that unpacks to 10 GB"
	WideXZ        Lie = "publishes an ls-lR.xz whose second block wants a dictionary of 1 GB"
	WideZstd      Lie = "publishes an ls-lR.zst whose second frame wants a window of 1 GB"
	HalfList      Lie = "publishes half of an ls-lR.gz"
	ForeignRoots  Lie = "publishes an ls-lR.gz of a million other roots"
	EndlessRobots Lie = "has a robots.txt without end"
	EndlessText   Lie = "has a README of 10 GB that it calls small"
)

// Lies returns all lies, Honest first.
func Lies() []Lie {
	return []Lie{
		Honest, HangGreeting, HangUser, HangPass, HangFeat, HangType, HangPassive, HangList, HangData, HangEnd, Drip,
		DripData, DropData, DropControl, EndFirst, EndTwice, EndThrice, EndOnly, LongReply, BusyTenth, BusyLogin, RefuseLogin, HangLine, EndlessWait, EndlessReply,
		EndlessFeat, Garbage, ForeignPassive, ControlPassive, Swallows,
		ChangesCert, GarbageTLS, HangTLS, GarbageDataTLS, HangDataTLS,
		Truncates, ChangesDialect, NoRecursion, EndlessList, EndlessChatter, LongName, HostileNames, Loop, Cycle, Links,
		Alternates, ManyFiles, ManyDirs, LongDirs, Labyrinth, Abyss, EmptyTree, Ghosts, KeptOut,
		Bomb, BombXZ, BombZstd, WideXZ, WideZstd, HalfList, ForeignRoots, EndlessRobots, EndlessText,
	}
}

// Encrypted reports whether the lie shows only to a client that asks for TLS.
func (l Lie) Encrypted() bool {
	switch l {
	case ChangesCert, GarbageTLS, HangTLS, GarbageDataTLS, HangDataTLS:
		return true
	}
	return false
}
