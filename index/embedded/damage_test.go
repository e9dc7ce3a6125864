package embedded

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest/spoil"
	"trawl/index/indextest/needs"
)

// The environment of TestDamage. damageVar is how many cases it runs, keptVar the template of a
// test that failed, caseVar the one case that is run.
const (
	damageVar = "TRAWL_DAMAGE"
	keptVar   = "TRAWL_DAMAGE_TEMPLATE"
	caseVar   = "TRAWL_DAMAGE_CASE"
)

// The environment of a child of TestDamage: the template, and the numbers of its cases.
const (
	damagedVar = "TRAWL_TEST_DAMAGED"
	casesVar   = "TRAWL_TEST_DAMAGED_CASES"
)

const (
	damageCases = 1000 // in CI
	fewCases    = 100  // elsewhere
	damageSeed  = 12

	// childCases is how many cases a child runs: it ends all of them if the engine ends the
	// process.
	childCases = 50

	// longest is how long an operation may take.
	longest = 10 * time.Second
)

// TestDamage damages one thing of a catalogue a case, opens it, asks it for all that there is to
// know, checks it, writes to it, and asks again. Each case ends in one of these outcomes:
//
//	right   All answers are those of the catalogue that is whole.
//	told    The catalogue does not open, with one line that says how to mend it. Or an answer that
//	        differs has an error or is not exact, and then its total is not more than the true one.
//	        Listings, texts, hosts and completions cannot say that they are not exact: they have an
//	        error, or the log has a line of level Error.
//	mended  The answers are right, and the log says that something was made anew.
//
// All else is wrong: an answer that differs and says nothing, a panic, the end of the process, an
// operation of 10 seconds, a message of several lines. So is damage that nobody notices: Check
// must report a problem, or the log must have a line of level Warn or Error, or the file must have
// been written anew in the end. Damage in use may be found by the next opening. Only what no answer
// can depend on may stay unnoticed (see Case.Matters): free pages of bbolt, its meta page of before,
// and space between the elements of a page.
//
// A trawl.db of before, as a whole, is a backup that was restored: the answers are those of then.
func TestDamage(t *testing.T) {
	n, err := casesWanted()
	if err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv(keptVar)
	template := spoil.Template{Now: filepath.Join(dir, "now"), Before: filepath.Join(dir, "before")}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "trawl-damage-"); err != nil { //nolint:usetesting // a failure keeps it
			t.Fatal(err)
		}
		template = damageTemplate(t, dir)
	}
	cases, err := spoil.Plan(template, n, damageSeed)
	if err != nil {
		t.Fatal(err)
	}
	numbers := make([]int, len(cases))
	for i := range numbers {
		numbers[i] = i
	}
	if text := os.Getenv(caseVar); text != "" {
		only, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		numbers = []int{only}
	}
	j := &judge{T: t, dir: dir, cases: cases, counts: map[string]int{}}
	runCases(t, dir, numbers, j.hear)
	t.Logf("%v", j.counts)
	if !t.Failed() && os.Getenv(keptVar) == "" {
		_ = os.RemoveAll(dir)
	}
}

// casesWanted returns how many cases there are.
func casesWanted() (int, error) {
	if text := os.Getenv(damageVar); text != "" {
		return strconv.Atoi(text)
	}
	if needs.Demanded() {
		return damageCases, nil
	}
	return fewCases, nil
}

// judge hears the outcomes of cases, and fails the test with those that are wrong.
type judge struct {
	*testing.T

	dir   string
	cases []spoil.Case

	mu     sync.Mutex     // guards what follows
	counts map[string]int // by outcome
}

func (j *judge) hear(o outcome) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts[o.Outcome]++
	c := &j.cases[o.Case]
	if o.Outcome != "wrong" {
		if os.Getenv(caseVar) != "" {
			j.Logf("case %d, %s: %s: %s", o.Case, c, o.Outcome, o.Detail)
		}
		return
	}
	j.Errorf("case %d: %s: %s\n    %s=%d %s=%s %s=%d go test ./index/embedded -run TestDamage$ -v",
		o.Case, c, o.Detail, damageVar, len(j.cases), keptVar, j.dir, caseVar, o.Case)
}

// outcome is a line that a child prints: how a case has ended.
type outcome struct {
	Case    int
	Outcome string // right, told, mended or wrong
	Detail  string
}

// runCases runs cases in two children at a time. They are built without the race detector, with
// which a case takes eight times as long.
func runCases(t *testing.T, dir string, numbers []int, hear func(outcome)) {
	t.Helper()
	program := filepath.Join(dir, "child")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	batches := make(chan []int)
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			runtime.LockOSThread() // a child is killed when the thread ends that has started it
			for batch := range batches {
				for len(batch) > 0 {
					batch = batch[runChild(t, program, dir, batch, hear):]
				}
			}
		})
	}
	for batch := range slices.Chunk(numbers, childCases) {
		batches <- batch
	}
	close(batches)
	running.Wait()
}

// runChild runs cases in a child until one of them ends it, and returns how many have an outcome: at
// least one.
func runChild(t *testing.T, program, dir string, numbers []int, hear func(outcome)) (done int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.SysProcAttr = needs.Tied()
	cmd.Env = append(os.Environ(), damagedVar+"="+dir, casesVar+"="+strings.Trim(fmt.Sprint(numbers), "[]"))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Error(err)
		return len(numbers)
	}
	hung := time.AfterFunc(3*longest, cancel)
	for lines := bufio.NewScanner(out); lines.Scan(); hung.Reset(3 * longest) {
		var o outcome
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Errorf("a child says %q", lines.Text())
			break
		}
		done++
		hear(o)
	}
	hung.Stop()
	hangs := ctx.Err() != nil
	cancel()
	err = cmd.Wait()
	switch {
	case done == len(numbers):
		return done
	case hangs:
		hear(outcome{Case: numbers[done], Outcome: "wrong", Detail: "it hangs"})
	default:
		hear(outcome{Case: numbers[done], Outcome: "wrong", Detail: fmt.Sprintf("the process ends, %v: %s", err, lastWords(complaints.String()))})
	}
	return done + 1
}

// lastWords returns the first lines of what a process prints that panics, and where in our code.
func lastWords(text string) string {
	lines := strings.Split(text, "\n")
	start := max(0, slices.IndexFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "panic") || strings.HasPrefix(l, "fatal") || strings.HasPrefix(l, "WARNING: DATA RACE") || strings.HasPrefix(l, "unexpected")
	}))
	var some []string
	for _, l := range lines[start:min(len(lines), start+60)] {
		if len(some) < 3 || strings.Contains(l, "(") && !strings.HasPrefix(l, "\t") {
			some = append(some, l)
		}
	}
	return strings.Join(some[:min(len(some), 14)], " | ")
}

// runDamaged is the child: it runs cases, and prints how each ends.
func runDamaged(dir, cases string) error {
	template := spoil.Template{Now: filepath.Join(dir, "now"), Before: filepath.Join(dir, "before")}
	n, err := casesWanted()
	if err != nil {
		return err
	}
	plan, err := spoil.Plan(template, n, damageSeed)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(dir, "child-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	debug.SetTraceback("all")
	r := &damagedRun{template: template, scratch: scratch, out: json.NewEncoder(os.Stdout)}
	if r.now, err = r.whole(template.Now); err != nil {
		return err
	}
	if r.before, err = r.whole(template.Before); err != nil {
		return err
	}
	for text := range strings.FieldsSeq(cases) {
		i, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		o := r.run(&plan[i])
		o.Case = i
		_ = r.out.Encode(o)
	}
	return nil
}

// damagedRun runs cases.
type damagedRun struct {
	template spoil.Template
	scratch  string
	out      *json.Encoder

	now, before map[string]reply // by question
}

// whole returns the replies of a catalogue that is whole.
func (r *damagedRun) whole(of string) (map[string]reply, error) {
	dir := filepath.Join(r.scratch, "whole")
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.CopyFS(dir, os.DirFS(of)); err != nil {
		return nil, err
	}
	e, err := Open(dir, damagedOptions())
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	out := map[string]reply{}
	for _, a := range askDamaged(context.Background(), e) {
		if a.err != nil || !a.exact {
			return nil, fmt.Errorf("%s: %w, exact %t", a.question, a.err, a.exact)
		}
		out[a.question] = a
	}
	return out, nil
}

// noticed collects what the log says of level Warn and above.
type noticed struct {
	slog.Handler

	mu     sync.Mutex
	lines  []string
	errors int
}

func (n *noticed) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (n *noticed) Handle(_ context.Context, record slog.Record) error {
	line := record.Level.String() + " " + record.Message
	record.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
	if record.Level >= slog.LevelError {
		n.errors++
	}
	return nil
}

func (n *noticed) all() (lines []string, errors int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.lines), n.errors
}

// damaged is the run of one case.
type damaged struct {
	*damagedRun

	dir  string
	c    *spoil.Case
	e    *Engine
	log  *noticed
	left fs.FileInfo // the file, once it is spoilt
	told []string    // what was said of the damage
	bad  []string    // what is wrong
}

func (d *damaged) wrong(format string, args ...any) {
	d.bad = append(d.bad, fmt.Sprintf(format, args...))
}

// step runs a step, which must not take long.
func (d *damaged) step(name string, do func()) {
	start := time.Now()
	defer func() {
		if failure := recover(); failure != nil {
			d.wrong("%s panics: %v %s", name, failure, lastWords(string(debug.Stack())))
		}
		if took := time.Since(start); took > longest {
			d.wrong("%s takes %s", name, took)
		}
	}()
	do()
}

// fails notes an error, by which the user is told of the damage.
func (d *damaged) fails(what string, err error) {
	if strings.Contains(err.Error(), "\n") {
		d.wrong("%s: an error of several lines: %q", what, err)
	}
	d.told = append(d.told, what+": "+err.Error())
}

// run runs a case.
func (r *damagedRun) run(c *spoil.Case) outcome {
	d := &damaged{damagedRun: r, c: c, dir: filepath.Join(r.scratch, "damaged"), log: &noticed{}}
	defer func() { _ = os.RemoveAll(d.dir) }()
	if err := os.CopyFS(d.dir, os.DirFS(r.template.Now)); err != nil {
		return outcome{Outcome: "wrong", Detail: err.Error()}
	}
	if err := d.all(); err != nil {
		return outcome{Outcome: "wrong", Detail: err.Error()}
	}
	lines, _ := d.log.all()
	for _, l := range lines {
		if strings.Contains(l, "\n") {
			d.wrong("the log has several lines: %q", l)
		}
	}
	said := strings.Join(append(slices.Clone(d.told), lines...), "; ")
	said = said[:min(len(said), 2000)]
	switch {
	case len(d.bad) > 0:
		return outcome{Outcome: "wrong", Detail: d.bad[0] + fmt.Sprintf(" (and %d more; said: %s)", len(d.bad)-1, said)}
	case len(d.told) > 0:
		return outcome{Outcome: "told", Detail: said}
	case len(lines) > 0:
		return outcome{Outcome: "mended", Detail: said}
	}
	return outcome{Outcome: "right"}
}

// all opens the catalogue and does everything with it.
func (d *damaged) all() error {
	if !d.c.InUse {
		if err := d.apply(); err != nil {
			return err
		}
	}
	d.step("open", d.open)
	if d.e == nil {
		return nil
	}
	if d.c.InUse {
		if err := d.apply(); err != nil {
			return err
		}
	}
	d.ask("first")
	noticed := d.check()
	d.ask("after check")
	d.step("write", d.write)
	d.ask("after writing")
	d.step("close", d.close)
	if !noticed && d.c.InUse {
		d.step("open again", d.open)
		if d.e == nil {
			return nil
		}
		d.ask("open again")
		noticed = d.check()
		d.step("close again", d.close)
	}
	if !noticed && d.c.Stays(d.template, d.dir, d.left) {
		matters, err := d.c.Matters(d.template)
		if matters || err != nil {
			d.wrong("nobody notices the damage %v", err)
		}
	}
	return nil
}

// apply spoils the catalogue.
func (d *damaged) apply() error {
	err := d.c.Apply(d.template, d.dir)
	d.left, _ = os.Lstat(filepath.Join(d.dir, d.c.File))
	return err
}

// open opens the catalogue.
func (d *damaged) open() {
	o := damagedOptions()
	o.Log = slog.New(d.log)
	e, err := Open(d.dir, o)
	if err != nil {
		d.fails("open", err)
		if !hasMend(err.Error()) {
			d.wrong("open: the error names no mend: %q", err)
		}
		return
	}
	d.e = e
}

// close closes the catalogue.
func (d *damaged) close() {
	if err := d.e.Close(); err != nil {
		d.fails("close", err)
	}
	d.e = nil
}

// hasMend reports whether an error says how to mend what it is about.
func hasMend(text string) bool {
	return slices.ContainsFunc([]string{"restore it from a backup", "crawl anew", "trawl rebuild", "remove it"}, func(m string) bool {
		return strings.Contains(text, m)
	})
}

// check checks the catalogue. It reports whether the damage was noticed, or is gone.
func (d *damaged) check() (noticed bool) {
	var problems []string
	d.step("check", func() {
		err := d.e.Check(context.Background(), func(problem string) { problems = append(problems, problem) })
		if err != nil {
			d.fails("check", err)
			noticed = true
		}
	})
	for _, p := range problems {
		if strings.Contains(p, "\n") {
			d.wrong("check reports several lines: %q", p)
		}
		d.told = append(d.told, "check: "+p)
	}
	lines, _ := d.log.all()
	return noticed || len(problems) > 0 || len(lines) > 0
}

// ask asks the catalogue, and compares its answers with those of the whole one.
func (d *damaged) ask(when string) {
	d.step("asking "+when, func() {
		want := d.now
		if d.c.IsBackup() {
			want = d.before
		}
		start := time.Now()
		for _, r := range askDamaged(context.Background(), d.e) {
			d.compare(when, r, want[r.question])
		}
		if took := time.Since(start); took > longest {
			d.wrong("the questions take %s", took)
		}
	})
}

// compare compares an answer with the true one.
func (d *damaged) compare(when string, got, want reply) {
	_, errors := d.log.all()
	search := strings.HasPrefix(got.question, "search ")
	switch {
	case got.err != nil:
		d.fails(got.question, got.err)
	case got.said == want.said:
	case !got.exact && got.total > want.total:
		d.wrong("%s: %s: at least %d, but there are %d", when, got.question, got.total, want.total)
	case !got.exact:
		d.told = append(d.told, got.question+" is not exact")
	case !search && errors > 0:
		d.told = append(d.told, got.question+" differs, and the log says so")
	default:
		d.wrong("%s: %s: %s", when, got.question, difference(got.said, want.said))
	}
}

// difference returns where two texts differ.
func difference(got, want string) string {
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	part := func(s string) string { return s[max(0, min(n-60, len(s))):min(len(s), n+60)] }
	return fmt.Sprintf("got %q, want %q", part(got), part(want))
}

// write takes up the open crawl, asks what it has seen, and puts and removes another host. It
// fails or works; then everything is as before.
func (d *damaged) write() {
	ctx := context.Background()
	if err := d.resume(ctx); err != nil {
		d.fails("resume", err)
	}
	const late = index.HostID("ftp://late.example.org/")
	if err := d.e.Update(ctx, late, func(*index.Host) error { return nil }); err != nil {
		d.fails("update", err)
		return
	}
	c, err := d.e.Begin(ctx, late, true)
	if err != nil {
		d.fails("begin", err)
	} else {
		for i := range 5 {
			if err := c.Put(ctx, mirrorListing(i, 4)); err != nil {
				d.fails("put", err)
			}
		}
		if err := c.Finish(ctx, true); err != nil {
			d.fails("finish", err)
			_ = c.Close()
		}
	}
	if err := d.e.Remove(ctx, late); err != nil {
		d.fails("remove", err)
		d.wrong("remove fails: %v", err)
	}
}

// resume takes up the open crawl and asks what it has seen.
func (d *damaged) resume(ctx context.Context) error {
	if d.c.IsBackup() {
		return nil
	}
	c, err := d.e.Begin(ctx, openHost, false)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for i := range mirrorDirs {
		entries := mirrorListing(i, 3).Entries
		slices.SortFunc(entries, func(a, b index.Entry) int { return strings.Compare(a.Wire(), b.Wire()) })
		want := replyOf("", entries, nil)
		l, err := c.Seen(ctx, mirrorDir(i))
		got := replyOf("seen "+string(mirrorDir(i)), l.Entries, err)
		if i >= openDirs {
			want = replyOf("", nil, index.ErrNotFound)
		}
		d.compare("resumed", got, want)
	}
	return nil
}
