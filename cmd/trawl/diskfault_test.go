package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trawl/index/embedded"
	"trawl/index/indextest/faults"
)

// walkMode is a way for the disk to fail.
type walkMode struct {
	name  string
	plan  faults.Plan
	every int  // of so many operations one is tried, unless TRAWL_FAULTS_ALL=1
	reads bool // commands that only read succeed meanwhile
}

func walkModes() []walkMode {
	readOnly := append(faults.Growing(), faults.OpenWrite, faults.Cut, faults.Rename, faults.Remove)
	return []walkMode{
		{"full", faults.Plan{Mode: faults.On, Errno: "ENOSPC", Kinds: faults.Growing()}, 2, true},
		{"EIO-once", faults.Plan{Mode: faults.Once, Errno: "EIO"}, 6, false},
		{"short", faults.Plan{Mode: faults.Short, Errno: "ENOSPC", Kinds: []faults.Kind{faults.Write}}, 6, true},
		{"read-only", faults.Plan{Mode: faults.On, Errno: "EROFS", Kinds: readOnly}, 12, false},
		{"dead", faults.Plan{Mode: faults.On, Errno: "EIO"}, 24, false},
		{"killed", faults.Plan{Mode: faults.Killed, Errno: "EIO"}, 24, false},
	}
}

// walk is a command that runs while the disk fails.
type walk struct {
	name string
	from string   // the catalogue that it starts with
	args []string //
	says bool     // its answer on the standard output is right unless it says that it is not
}

// walks returns all commands.
func (g *ground) walks() []walk {
	return []walk{
		{"new", "none", []string{"import", g.lists["a"], "--host", "ftp://a/"}, false},
		{"import", "some", []string{"import", g.lists["b"], "--host", "ftp://c/"}, false},
		{"update", "all", []string{"import", g.lists["a2"], "--host", "ftp://a/"}, false},
		{"crawl", "some", []string{"crawl", g.host}, false},
		{"remove", "all", []string{"remove", "ftp://a/"}, false},
		{"compact", "holes", []string{"compact"}, false},
		{"rebuild", "all", []string{"rebuild"}, false},
		{"hosts", "all", []string{"hosts", "--json"}, true},
		{"search", "all", []string{"search", "kernel", "-n", "0", "--json"}, true},
		{"check", "all", []string{"check"}, false},
	}
}

// TestFailingDisk lets the disk fail under each command and under serve, and cuts its power. A command
// ends with a line or goes on, answers are right or say that they are not, and afterwards
// everything is found that was acknowledged. See doc/notes/disk-faults.md.
func TestFailingDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds trawl anew")
	}
	t.Parallel()
	exe := faults.Build(t)
	g := newGround(t, exe, 1)
	t.Run("Commands", g.commandsFail)
	t.Run("Serve", g.serveFails)
	t.Run("Mapped", g.mappedFails)
	t.Run("PowerCut", g.powerFails)
	t.Run("Large", newGround(t, exe, 40).failsAtRandom)
}

// commandsFail lets each operation of each command fail, in each way.
func (g *ground) commandsFail(t *testing.T) {
	for _, w := range g.walks() {
		t.Run(w.name, func(t *testing.T) {
			s := g.survey(t, w)
			for _, m := range walkModes() {
				t.Run(m.name, func(t *testing.T) {
					walkAll(t, s.ops, m, func(n int) (faults.Op, string) { return g.fail(t, s, m, n) })
				})
			}
		})
	}
}

// failsAtRandom does as commandsFail at random. TRAWL_FAULTS_RANDOM is how often.
func (g *ground) failsAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(seed(t), 1))
	walks, modes := g.walks(), walkModes()
	surveys := map[string]survey{}
	for range number("TRAWL_FAULTS_RANDOM", 20) {
		w, m := walks[r.IntN(len(walks))], modes[r.IntN(len(modes))]
		s, known := surveys[w.name]
		if !known {
			s = g.survey(t, w)
			surveys[w.name] = s
		}
		n := 1 + r.IntN(m.counts(s.ops)+1)
		if op, wrong := g.fail(t, s, m, n); wrong != "" {
			t.Errorf("%s/%s n=%d %s: %s", s.name, m.name, n, op, wrong)
		}
	}
}

// survey is a walk with what is known of its sound run.
type survey struct {
	walk
	ops           []faults.Op
	stdout        string
	before, after proof
	answers       []map[string][]string // of serve: places by query, before the command and after
}

// survey runs a command on a sound disk.
func (g *ground) survey(t *testing.T, w walk) survey {
	t.Helper()
	s := survey{walk: w}
	dir := g.path("sound-" + w.name)
	defer forget(t, dir)
	g.copy(t, g.path(w.from), dir)
	var wrong string
	if w.from != "none" {
		if s.before, wrong = proofOf(t, g.exe, dir); wrong != "" {
			t.Fatal(wrong)
		}
		forget(t, dir)
		g.copy(t, g.path(w.from), dir)
	}
	o := g.sound(t, dir, w.args...)
	s.ops, s.stdout = o.Ops, o.Stdout
	if s.after, wrong = proofOf(t, g.exe, dir); wrong != "" {
		t.Fatal(wrong)
	}
	for _, p := range []proof{s.before, s.after} {
		if wrong := p.misses(p, p); wrong != "" {
			t.Fatal("on a sound disk: " + wrong)
		}
	}
	return s
}

// walkAll runs something once for each of its operations, which fails.
func walkAll(t *testing.T, ops []faults.Op, m walkMode, fail func(n int) (faults.Op, string)) {
	t.Helper()
	from, most, every := 1, m.counts(ops)+3, m.every // 3 more than in the sound run, since goroutines differ
	if number("TRAWL_FAULTS_ALL", 0) > 0 {
		every = 1
	}
	if every > 1 {
		from += int(seed(t) % uint64(every))
	}
	if one := number("TRAWL_FAULTS_N", 0); one > 0 {
		from, most = one, one
	}
	var bad atomic.Int64
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := range next {
				if op, wrong := fail(n); wrong != "" {
					bad.Add(1)
					t.Errorf("n=%d %s: %s", n, op, wrong)
				}
			}
		})
	}
	tried := 0
	for n := from; n <= most && bad.Load() < 100; n += every {
		next <- n
		tried++
	}
	close(next)
	workers.Wait()
	t.Logf("%d of %d operations, %d bad", tried, most, bad.Load())
}

// number returns the number in a variable of the environment, or else usual.
func number(variable string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return usual
}

// seed returns the seed of what is random: TRAWL_FAULTS_SEED, or else another each time.
func seed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(number("TRAWL_FAULTS_SEED", int(time.Now().UnixNano()>>10)))
	t.Logf("TRAWL_FAULTS_SEED=%d", seed)
	return seed
}

// counts returns how many operations a mode counts.
func (m walkMode) counts(ops []faults.Op) (n int) {
	for _, op := range ops {
		if op.Kind.Fails() && (len(m.plan.Kinds) == 0 || slices.Contains(m.plan.Kinds, op.Kind)) {
			n++
		}
	}
	return n
}

// fail runs a command of which operation n fails, and returns that, and what is wrong then.
func (g *ground) fail(t *testing.T, s survey, m walkMode, n int) (op faults.Op, wrong string) {
	dir := g.path(fmt.Sprintf("%s-%s-%d", s.name, m.name, n))
	g.copy(t, g.path(s.from), dir)
	plan := m.plan
	plan.Dir, plan.N, plan.Journal = dir, n, dir+".journal"
	o, err := faults.Run(t.Context(), g.exe, plan, s.args...)
	if err != nil {
		t.Error(err)
		return op, ""
	}
	op, _ = o.Fault()
	if wrong = s.wrong(o, m); wrong == "" {
		before := s.before
		if o.Code == 0 {
			before = s.after
		}
		p, broken := proofOf(t, g.exe, dir)
		switch exists, err := embedded.Exists(dir); {
		case broken != "":
			wrong = "afterwards: " + broken
		case err != nil || !exists:
			wrong = fmt.Sprintf("afterwards there is no catalogue: %v", err)
		default:
			wrong = p.misses(before, s.after)
		}
	}
	if wrong != "" && os.Getenv("TRAWL_FAULTS_N") != "" {
		t.Logf("exit code %d\n%s%s", o.Code, o.Stdout, o.Stderr)
		t.Logf("kept in %s", dir)
		return op, wrong
	}
	forget(t, dir)
	forget(t, plan.Journal)
	return op, wrong
}

// forget removes a file or a directory.
func forget(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Error(err)
	}
}

// logLine is a line of the log, or one about the progress of a crawl that takes long.
var logLine = regexp.MustCompile(`^(time=|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |ftp://)`)

// wrong reports what is wrong with the end of a command.
func (s survey) wrong(o faults.Outcome, m walkMode) string {
	said, more := 0, ""
	for line := range strings.Lines(o.Stderr) {
		switch {
		case strings.HasPrefix(line, "trawl: "):
			said++
		case !logLine.MatchString(line):
			more = line
		}
	}
	told := strings.Contains(o.Stderr, "at least") || strings.Contains(o.Stderr, "a part could not be")
	switch {
	case o.Hung:
		return "it hangs"
	case o.Crashed() != "":
		return o.Crashed()
	case m.plan.Mode == faults.Killed && o.Code < 0:
		return ""
	case o.Code < 0:
		return "a signal ended it"
	case s.says && m.reads && (o.Code != 0 || o.Stdout != s.stdout):
		return fmt.Sprintf("it does not work: exit code %d, %d bytes, %s", o.Code, len(o.Stdout), o.Stderr)
	case o.Code > 0 && o.Stderr == "":
		return fmt.Sprintf("exit code %d without a word", o.Code)
	case o.Code == 2 && (said != 1 || more != ""):
		return fmt.Sprintf("it said not one line but %q", o.Stderr)
	case s.says && o.Code < 2 && o.Stdout != s.stdout && !told:
		return fmt.Sprintf("it answered %d bytes, the right answer has %d, and said %q", len(o.Stdout), len(s.stdout), o.Stderr)
	}
	return ""
}
