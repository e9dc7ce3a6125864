package listing

import (
	"bytes"
	"slices"

	"trawl/index"
)

// mvs reads MVS and z/OS: data sets, the members of a partitioned one, which is a
// directory, and the jobs of JES. (HFS lists as Unix does.)
//
//	Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
//	SYSPP1 3390   2000/01/20  1    3  FB      80  3120  PO  BSCSYS.ISPTABL
//	SYSPP5 3390                                        VSAM DDIR
//	Migrated                                                LOG.MISC
//	V43525 Tape                                             SMF.DAILY
//
//	 Name     VV.MM   Created       Changed      Size  Init   Mod   Id
//	TBSHELF1  01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001
//
// Only load modules have a size in bytes; that of other members is in records. The
// date of a data set is that of its last use, and so it is not the time of the entry.
type mvs struct {
	*clock
	w      words
	inside section
	column int32 // where names of data sets begin, by the heading
}

// section is the part of a listing of MVS that the last heading began.
type section uint8

const (
	anything section = iota
	datasets
	members
	modules
	jobs
	spool // of the job above it
)

var (
	_ dialect = (*mvs)(nil)
	_ student = (*mvs)(nil)
)

// settle makes m begin anew.
func (m *mvs) settle() { m.inside = anything }

func (*mvs) name() string { return "mvs" }

func (m *mvs) parse(line []byte, it *item) verdict {
	w := &m.w
	w.split(line)
	if s := mvsHeading(w); s != anything {
		m.inside, m.column = s, w.at[w.n-1].start
		return chatter
	}
	if mvsNoise().has(line) {
		return chatter
	}
	if m.inside == spool && isSpooled(w) {
		return chatter
	}
	*it = item{size: index.UnknownSize}
	var ok bool
	switch m.inside {
	case members:
		ok = m.member(w, it)
	case modules:
		ok = m.module(w, it)
	case jobs, spool:
		ok = m.job(w, it)
	case datasets:
		ok = m.dataset(w, it)
	case anything:
		ok = m.dataset(w, it) || m.member(w, it) && w.n > 1 || m.module(w, it) || m.job(w, it)
	}
	if !ok {
		return alien
	}
	return entry
}

func mvsNoise() noise {
	return noise{
		"no jobs found *", "no jobs found", "no data sets found *", "no data sets found", "no members found *", "no members found",
		"no spool files *", "jesinterfacelevel *", "jobname jobid *", "# spool files", "id jobid step *", "id stepname *", "--------",
	}
}

// mvsHeading returns the section that a heading begins.
func mvsHeading(w *words) section {
	first, second := w.word(0), w.word(1)
	switch {
	case equalFold(first, "volume") && equalFold(second, "unit"):
		return datasets
	case equalFold(first, "volume") && equalFold(second, "referred"):
		return datasets
	case equalFold(first, "name") && equalFold(second, "vv.mm"):
		return members
	case equalFold(first, "name") && equalFold(second, "size"):
		return modules
	case equalFold(first, "jobname") && equalFold(second, "jobid"):
		return jobs
	case equalFold(first, "id") && (equalFold(second, "stepname") || equalFold(second, "jobid")):
		return spool
	}
	return anything
}

// dataset reads a data set, whose name is the last word. It reports whether the line is
// one; so do member, module and job.
func (m *mvs) dataset(w *words, it *item) bool {
	if w.n < 2 {
		return false
	}
	it.name = bytes.Trim(w.word(w.n-1), "'")
	first, second, org := w.word(0), w.word(1), w.word(w.n-2)
	switch {
	case w.n == 2 && equalFold(first, "migrated"):
	case equalFold(first, "arcive"): //nolint:misspell // z/OS writes it so
	case w.n == 3 && equalFold(first, "pseudo") && equalFold(second, "directory"):
		it.kind = index.Dir
	case equalFold(first, "not") && equalFold(second, "mounted"), equalFold(first, "error") && equalFold(second, "determining"),
		equalFold(first, "user") && equalFold(second, "catalog"):
	case m.inside == datasets && near(w.at[w.n-1].start, m.column) && isDataset(it.name) && isReason(w):
	case len(first) > 6 || len(second) < 4 && second[0] != '?':
		return false
	case w.n == 3 && equalFold(second, "tape"):
	case equalFold(org, "vsam") || equalFold(org, "path"):
	case w.n >= 6 && (isReferred(w.word(2)) || isReferred(second) && m.inside == datasets):
		// The organisation may be left empty.
		return organised(org, it) || near(w.at[w.n-1].start, m.column) && isDataset(it.name) && allDigits(org)
	default:
		return false
	}
	return len(it.name) > 0
}

// isDataset reports whether b is the name of a data set: qualifiers of up to eight characters with
// dots between them.
func isDataset(b []byte) bool {
	for part := range bytes.SplitSeq(b, []byte{'.'}) {
		if len(part) > 8 || !isMember(bytes.ReplaceAll(part, []byte{'-'}, []byte{'$'})) {
			return false
		}
	}
	return true
}

// near reports whether a column is that of its heading, but for the slant of headings.
func near(column, head int32) bool { return column-head <= 2 && head-column <= 2 }

// isReason reports whether there is a reason in words in place of the columns, perhaps behind a
// volume.
func isReason(w *words) bool {
	for i := range w.n - 1 {
		for _, c := range w.word(i) {
			if !isLetter(c) && (i > 0 || !isDigit(c)) {
				return false
			}
		}
	}
	return len(w.word(0)) <= 8 && isLetter(w.word(0)[0])
}

// isReferred reports whether b is the day of last use or of making, with any separators, which may
// not be known: "**NONE**" with any stars, dashes or question marks.
func isReferred(b []byte) bool {
	if equalFold(bytes.Trim(b, "*"), "none") || isDashes(b) || isQuestion(b) {
		return true
	}
	sep, at := firstNonDigit(b)
	return len(b) >= 8 && len(b) <= 10 && (at == 2 || at == 4) && (sep == '/' || sep == '-' || sep == '.') && bytes.Count(b, []byte{sep}) == 2
}

// isQuestion reports whether b is question marks, in place of what is not known.
func isQuestion(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "?")) == 0 }

// organised reads the organisation of a data set, of which PO and its kin have members. It
// reports whether the word is one, or stands for one that is not known.
func organised(b []byte, it *item) bool {
	if isQuestion(b) {
		return true
	}
	if len(b) < 2 || len(b) > 4 {
		return false
	}
	if hasFold(b, "po") {
		it.kind = index.Dir
	}
	return b[0] >= 'A' && b[0] <= 'Z'
}

// member reads a member of a partitioned data set, which may have no statistics.
func (m *mvs) member(w *words, it *item) bool {
	it.name = w.word(0)
	if len(it.name) > 8 {
		return false
	}
	if w.n == 1 {
		return isMember(it.name)
	}
	version := w.word(1)
	if len(version) != 5 || version[2] != '.' || !isReferred(w.word(2)) {
		return false
	}
	last, when, ok := m.dateTimeAt(w, 3, yearFirst)
	it.when = when
	return ok && last == 4
}

// isMember reports whether b can be the name of a member.
func isMember(b []byte) bool {
	for _, c := range b {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '$' && c != '#' && c != '@' {
			return false
		}
	}
	return len(b) > 0 && (b[0] < '0' || b[0] > '9')
}

// module reads a load module: name, size and place in hexadecimal digits.
//
//	IEFBR14   00B308 000411   00 FO                31    ANY
func (m *mvs) module(w *words, it *item) bool {
	it.name = w.word(0)
	if w.n == 1 && m.inside == modules {
		return isMember(it.name)
	}
	if digits := len(w.word(1)); w.n < 4 || digits != 6 && digits != 8 || len(w.word(2)) != 6 || !isMember(it.name) || len(it.name) > 8 {
		return false
	}
	n, ok := hexadecimal(w.word(1))
	_, placed := hexadecimal(w.word(2))
	if ok && placed {
		it.size = n
	}
	return ok && placed
}

func hexadecimal(b []byte) (n int64, ok bool) {
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | int64(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | int64(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, len(b) > 0 && len(b) <= 15
}

// isSpooled reports whether a line is of a file in the spool of a job: number, step and the like, and
// perhaps the size.
//
//	001 JES2     N/A      A JESMSGLG      1200
func isSpooled(w *words) bool {
	return w.n >= 3 && w.n <= 7 && allDigits(w.word(0)) && len(w.word(0)) <= 5
}

// job reads a job of JES, of either level of its interface. Its number is its name, by
// which it is fetched.
//
//	IBMUSER1  JOB01906  OUTPUT    3 Spool Files
//	IBMUSER   TSU01830 IBMUSER  OUTPUT TSU      ABEND=522 3 spool files
//	IBMUSER   J0101941 IBMUSER  OUTPUT A        RC=0000 3 spool files
func (m *mvs) job(w *words, it *item) bool {
	id := w.word(1)
	if w.n < 3 || len(id) != 8 {
		return false
	}
	kind := string(bytes.TrimRight(id, "0123456789"))
	if !slices.Contains([]string{"JOB", "TSU", "STC", "J", "T", "S"}, kind) {
		return false
	}
	it.name = id
	return true
}
