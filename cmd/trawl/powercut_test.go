package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"trawl/index/indextest/faults"
)

// stage is a command of a life of a catalogue, with what it does to the disk.
type stage struct {
	name          string
	ops           []faults.Op
	acked         int // operations before it printed that it is done
	before, after proof
}

// powerFails cuts the power at random moments in the life of a catalogue. Then all is found that was
// acknowledged before, and check is content. TRAWL_CUTS is the number of cuts.
func (g *ground) powerFails(t *testing.T) {
	dir := g.path("life")
	g.copy(t, g.path("some"), dir)
	disk, err := faults.ReadDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	stages := g.live(t, dir)
	g.cutPower(t, disk, stages, seed(t), number("TRAWL_CUTS", 250))
}

// live runs one command after the other in dir.
func (g *ground) live(t *testing.T, dir string) []stage {
	t.Helper()
	var stages []stage
	prove := func() proof {
		copied := dir + "-copy"
		g.copy(t, dir, copied)
		defer forget(t, copied)
		p, wrong := proofOf(t, g.exe, copied)
		if wrong == "" {
			wrong = p.misses(p, p)
		}
		if wrong != "" {
			t.Fatal("on a sound disk: " + wrong)
		}
		return p
	}
	before := prove()
	for _, args := range [][]string{
		{"import", g.lists["b"], "--host", "ftp://c/"},
		{"import", g.lists["a2"], "--host", "ftp://a/"},
		{"crawl", g.host},
		{"remove", "ftp://b/"},
		{"compact"},
		{"import", g.lists["b"], "--host", "ftp://d/"},
		{"rebuild"},
	} {
		plan := faults.Plan{Dir: dir, Journal: dir + ".journal", Data: true}
		o, err := faults.Run(t.Context(), g.exe, plan, args...)
		if err != nil || o.Code != 0 || o.Hung {
			t.Fatalf("trawl %q: %v, exit code %d: %s", args, err, o.Code, o.Stderr)
		}
		forget(t, plan.Journal)
		s := stage{name: args[0], ops: o.Ops, acked: len(o.Ops), before: before, after: prove()}
		for i, op := range o.Ops {
			if op.Kind == faults.Say {
				s.acked = i
			}
		}
		stages = append(stages, s)
		before = s.after
	}
	return stages
}

// cutPower cuts the power at random moments of the stages.
func (g *ground) cutPower(t *testing.T, disk *faults.Disk, stages []stage, seed uint64, cuts int) {
	r := rand.New(rand.NewPCG(seed, 0))
	moments := make([][]int, len(stages)) // after which operation of which stage
	for i := range cuts {
		s := i % len(stages)
		n := r.IntN(len(stages[s].ops))
		for n > 0 && !stages[s].ops[n].Changes() {
			n--
		}
		moments[s] = append(moments[s], n)
	}
	var bad atomic.Int64
	var workers sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, s := range stages {
		slices.Sort(moments[i])
		for n, op := range s.ops {
			if err := disk.Apply(op); err != nil {
				t.Fatalf("%s, operation %d: %v", s.name, n, err)
			}
			for ; len(moments[i]) > 0 && moments[i][0] == n; moments[i] = moments[i][1:] {
				dir := g.path(fmt.Sprintf("cut-%d-%s-%d-%d", i, s.name, n, len(moments[i])))
				if err := disk.Cut(r, dir); err != nil {
					t.Fatal(err)
				}
				free <- struct{}{}
				workers.Go(func() {
					defer func() { <-free }()
					if !g.survives(t, s, n, dir) {
						bad.Add(1)
					}
				})
			}
		}
	}
	workers.Wait()
	t.Logf("%d cuts, %d bad", cuts, bad.Load())
}

// survives proves the catalogue that a cut after operation n of a stage left.
func (g *ground) survives(t *testing.T, s stage, n int, dir string) bool {
	if n >= s.acked {
		s.before = s.after
	}
	p, wrong := proofOf(t, g.exe, dir)
	if wrong == "" {
		wrong = p.misses(s.before, s.after)
	}
	if wrong == "" {
		forget(t, dir)
		return true
	}
	t.Errorf("%s, cut after operation %d of %d, %s: %s", s.name, n, len(s.ops), s.ops[n], wrong)
	if keep := os.Getenv("TRAWL_CUT_KEEP"); keep != "" {
		to := filepath.Join(keep, filepath.Base(dir))
		g.copy(t, dir, to)
		t.Logf("kept in %s, as it was opened once", to)
	}
	return false
}
