package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/faults"
	"trawl/web/wire"
)

// serving is trawl serve on a disk that fails while a file exists.
type serving struct {
	process *faults.Process
	plan    faults.Plan
	url     string
}

// portalLine says where the portal is.
var portalLine = regexp.MustCompile(`portal on (http://\S+/)`)

// serve starts serve under a plan, and waits for its portal.
func (g *ground) serve(t *testing.T, plan faults.Plan) (*serving, error) {
	t.Helper()
	p, err := faults.Start(t.Context(), g.exe, plan, "serve", "--http", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(faults.Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if found := portalLine.FindStringSubmatch(p.Stdout()); found != nil {
			return &serving{p, plan, found[1]}, nil
		}
	}
	return nil, fmt.Errorf("there is no portal: %s", p.Stderr())
}

// arm lets the disk fail from now on; disarm mends it.
func (s *serving) arm() error    { return os.WriteFile(s.plan.Arm, nil, 0o600) }
func (s *serving) disarm() error { return os.Remove(s.plan.Arm) }

// search asks the portal, and returns the places that it finds as a proof has them. Told is what
// the portal says if the answer is not exact or there is none.
func (s *serving) search(text string) (found []string, told string, err error) {
	for cursor := ""; ; {
		a, status, err := s.page(text, cursor)
		if err != nil || status != http.StatusOK {
			return nil, http.StatusText(status), err
		}
		if !a.Exact {
			told = "at least"
		}
		for _, r := range a.Results {
			for _, place := range r.Places {
				found = append(found, place.URL)
			}
		}
		if cursor = a.Next; cursor == "" {
			slices.Sort(found)
			return found, told, nil
		}
	}
}

// page asks the portal for a page of an answer.
func (s *serving) page(text, cursor string) (a wire.Answer, status int, err error) {
	client := http.Client{Timeout: faults.Patience}
	resp, err := client.Get(s.url + "api/v1/search?" + url.Values{"q": {text}, "cursor": {cursor}, "n": {"1000"}, "places": {"1000"}}.Encode())
	if err != nil {
		return a, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return a, resp.StatusCode, nil
	}
	return a, resp.StatusCode, json.NewDecoder(resp.Body).Decode(&a)
}

// serveQueries are asked while the disk fails.
func serveQueries() []string {
	return []string{"kernel new", "photo v3", "text:walrus", "unique-alpha"}
}

// serveFault is a run of serve of which operation n fails while a command works through it. It
// returns what is wrong then.
func (g *ground) serveFault(t *testing.T, s survey, m walkMode, n int) (op faults.Op, wrong string) {
	t.Helper()
	dir := g.path(fmt.Sprintf("serve-%s-%d", m.name, n))
	g.copy(t, g.path(s.from), dir)
	defer forget(t, dir)
	plan := m.plan
	plan.Dir, plan.N, plan.Journal, plan.Arm = dir, n, dir+".journal", dir+".armed"
	defer forget(t, plan.Journal)
	defer forget(t, plan.Arm)
	serving, err := g.serve(t, plan)
	if err != nil {
		return op, err.Error()
	}
	if err := serving.arm(); err != nil {
		t.Fatal(err)
	}
	client, err := faults.Run(t.Context(), g.exe, faults.Plan{Dir: dir}, s.args...)
	if err != nil {
		t.Fatal(err)
	}
	wrong = s.wrong(client, m)
	answers := s.answers
	if client.Code == 0 {
		answers = s.answers[1:]
	}
	if wrong == "" {
		wrong = serving.asked(answers, !m.reads)
	}
	if err := serving.disarm(); err != nil {
		t.Fatal(err)
	}
	if wrong == "" {
		wrong = serving.asked(answers, false)
	}
	if err := serving.process.Stop(); err != nil && wrong == "" {
		wrong = "it has ended: " + err.Error()
	}
	o, err := serving.process.Wait()
	if err != nil {
		t.Fatal(err)
	}
	op, _ = o.Fault()
	switch {
	case o.Hung || o.Crashed() != "" || strings.Contains(o.Stderr, "a page failed"):
		return op, fmt.Sprintf("it hangs or crashes: %s: %.500s; %s", o.Crashed(), o.Stderr, wrong)
	case wrong != "":
		return op, wrong
	case o.Code != 0 && o.Code != 2:
		return op, fmt.Sprintf("exit code %d: %s", o.Code, o.Stderr)
	}
	p, broken := proofOf(t, g.exe, dir)
	if broken != "" {
		return op, "afterwards: " + broken
	}
	if client.Code == 0 {
		s.before = s.after
	}
	return op, p.misses(s.before, s.after)
}

// asked asks the portal all queries, and reports what is wrong with an answer: it is none of those
// that are right, before the command and after, nor between. If mayTell is set, the portal may say
// that it has none, or not all.
func (s *serving) asked(right []map[string][]string, mayTell bool) string {
	for _, text := range serveQueries() {
		found, told, err := s.search(text)
		if err != nil {
			return fmt.Sprintf("search %q: %v", text, err)
		}
		if told != "" {
			if !mayTell {
				return fmt.Sprintf("search %q does not work: %s", text, told)
			}
			continue
		}
		before, after := right[0][text], right[len(right)-1][text]
		for _, place := range before {
			if slices.Contains(after, place) && !slices.Contains(found, place) {
				return fmt.Sprintf("search %q does not find %s, and does not say so", text, place)
			}
		}
		for _, place := range found {
			if !slices.Contains(before, place) && !slices.Contains(after, place) {
				return fmt.Sprintf("search %q finds %s, which is not there", text, place)
			}
		}
	}
	return ""
}

// serveFails lets operations fail that serve does on the disk while a command works through it.
func (g *ground) serveFails(t *testing.T) {
	for _, w := range g.walks() {
		if w.name != "update" && w.name != "crawl" {
			continue
		}
		t.Run(w.name, func(t *testing.T) {
			s := g.surveyServe(t, w)
			for _, m := range walkModes() {
				if m.plan.Mode == faults.Killed {
					continue
				}
				m.every *= 3 // a run takes longer
				t.Run(m.name, func(t *testing.T) {
					walkAll(t, s.ops, m, func(n int) (faults.Op, string) { return g.serveFault(t, s, m, n) })
				})
			}
		})
	}
}

// mappedFails cuts each file that serve has mapped into memory to nothing under it: a search that
// needs a page of it is killed by the kernel as by a disk that cannot read. The portal says
// that it cannot answer, or that it has not found all, and goes on.
func (g *ground) mappedFails(t *testing.T) {
	for _, w := range g.walks() {
		if w.name != "hosts" {
			continue
		}
		s := g.surveyServe(t, w)
		for _, name := range g.mapped(t, w.from) {
			t.Run(name, func(t *testing.T) {
				if wrong := g.loseMapped(t, s, name); wrong != "" {
					t.Error(wrong)
				}
			})
		}
	}
}

// mapped returns the files that serve maps of a catalogue, relative to its directory.
func (g *ground) mapped(t *testing.T, from string) (names []string) {
	t.Helper()
	dir := g.path("mapped")
	g.copy(t, g.path(from), dir)
	defer forget(t, dir)
	serving, err := g.serve(t, faults.Plan{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", serving.process.PID()))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if _, name, found := strings.Cut(strings.TrimSpace(line), dir+"/"); found && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if err := serving.process.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := serving.process.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatal("nothing is mapped")
	}
	return names
}

// loseMapped cuts a mapped file under serve, and returns what is wrong then.
func (g *ground) loseMapped(t *testing.T, s survey, name string) (wrong string) {
	t.Helper()
	dir := g.path("lost-" + filepath.Base(name))
	g.copy(t, g.path(s.from), dir)
	defer forget(t, dir)
	serving, err := g.serve(t, faults.Plan{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name)
	whole, err := os.ReadFile(file)
	if err == nil {
		err = os.Truncate(file, 0)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Logf("Bleve has merged %s into another file, as it does at any time", name)
		whole = nil
	case err != nil:
		t.Fatal(err)
	}
	wrong = serving.asked(s.answers, true)
	if whole != nil {
		if err := os.WriteFile(file, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if wrong == "" {
		wrong = serving.asked(s.answers, true)
	}
	if err := serving.process.Stop(); err != nil && wrong == "" {
		wrong = "it has ended: " + err.Error()
	}
	o, err := serving.process.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if o.Hung || o.Crashed() != "" {
		return fmt.Sprintf("it hangs or crashes: %s; %.3000s", wrong, o.Stderr)
	}
	if wrong != "" {
		return wrong
	}
	p, broken := proofOf(t, g.exe, dir)
	if broken != "" {
		return "afterwards: " + broken
	}
	return p.misses(s.before, s.after)
}

// surveyServe runs serve on a sound disk, and a command through it.
func (g *ground) surveyServe(t *testing.T, w walk) survey {
	t.Helper()
	s := g.survey(t, w)
	dir := g.path("sound-serve-" + w.name)
	defer forget(t, dir)
	g.copy(t, g.path(w.from), dir)
	plan := faults.Plan{Dir: dir, Journal: dir + ".journal", Arm: dir + ".armed"}
	serving, err := g.serve(t, plan)
	if err != nil {
		t.Fatal(err)
	}
	quiet, err := faults.ReadJournal(plan.Journal)
	if err != nil {
		t.Fatal(err)
	}
	answer := func() {
		answers := map[string][]string{}
		for _, text := range serveQueries() {
			found, told, err := serving.search(text)
			if err != nil || told != "" {
				t.Fatalf("search %q on a sound disk: %s %v", text, told, err)
			}
			answers[text] = found
		}
		s.answers = append(s.answers, answers)
	}
	answer()
	if o, err := faults.Run(t.Context(), g.exe, faults.Plan{Dir: dir}, w.args...); err != nil || o.Code != 0 {
		t.Fatalf("%v, exit code %d: %s", err, o.Code, o.Stderr)
	}
	answer()
	busy, err := faults.ReadJournal(plan.Journal)
	if err != nil {
		t.Fatal(err)
	}
	s.ops = busy[len(quiet):]
	if err := serving.process.Stop(); err != nil {
		t.Fatal(err)
	}
	if o, err := serving.process.Wait(); err != nil || o.Code != 0 {
		t.Fatalf("serve ended with %v, exit code %d: %s", err, o.Code, o.Stderr)
	}
	return s
}
