package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// cache is answers of a catalogue that the test changes.
type cache struct {
	*Cache[string, state, string]

	now      atomic.Uint64 // number of the state of the catalogue
	first    atomic.Uint64 // state.first
	computed atomic.Int64
}

// state is a state of the catalogue: its number, and that of the first one whose answers may still be given.
type state struct{ is, first uint64 }

func (s state) Equal(o state) bool    { return s.is == o.is }
func (s state) Covers(now state) bool { return s.is >= now.first }

func newCache(room int) *cache { return newLaggingCache(room, 0) }

func newLaggingCache(room int, lag time.Duration) *cache {
	c := &cache{}
	now := func() (state, error) { return c.state(), nil }
	c.Cache = New(room, lag, now, func(q, a *string) int { return len(*q) + len(*a) })
	return c
}

func (c *cache) state() state { return state{c.now.Load(), c.first.Load()} }

// answer computes the answer to q.
func (c *cache) answer(q string, whole bool) Computed[state, string] {
	return Computed[state, string]{fmt.Sprint(q, c.computed.Add(1)), c.state(), whole}
}

// ask asks and waits for hold within the computation.
func (c *cache) ask(ctx context.Context, q string, whole bool, hold <-chan struct{}) (string, error) {
	answer, _, err := c.Get(ctx, q, func(ctx context.Context) (Computed[state, string], error) {
		m := c.answer(q, whole)
		select {
		case <-hold:
			return m, nil
		case <-ctx.Done():
			return m, ctx.Err()
		}
	})
	return answer, err
}

func released() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestEqualQuestionsAreComputedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hold := newCache(1000), make(chan struct{})
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if got, err := c.ask(t.Context(), "q", true, hold); got != "q1" || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		synctest.Wait()
		close(hold)
		all.Wait()
		if n := c.computed.Load(); n != 1 {
			t.Errorf("computed %d times", n)
		}
	})
}

// TestWhoGivesUp shows that a computation goes on while anybody waits for it, the
// one who began it or another, and ends with the last.
func TestWhoGivesUp(t *testing.T) {
	for _, tt := range []struct {
		what        string
		gone        []bool // of three, the first of whom computes
		want        int64
		askedAnyway string
	}{
		{"nobody", []bool{false, false, false}, 1, "q1"},
		{"the first", []bool{true, false, false}, 1, "q1"},
		{"the others", []bool{false, true, true}, 1, "q1"},
		{"all", []bool{true, true, true}, 2, "q2"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, hold := newCache(1000), make(chan struct{})
				var all sync.WaitGroup
				var leave []context.CancelFunc
				for i, gone := range tt.gone {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if gone {
						leave = append(leave, cancel)
					}
					all.Go(func() {
						got, err := c.ask(ctx, "q", true, hold)
						if !gone && (got != "q1" || err != nil) {
							t.Errorf("%d got %q, %v", i, got, err)
						}
					})
					synctest.Wait()
				}
				for _, cancel := range leave {
					cancel()
				}
				synctest.Wait()
				close(hold)
				all.Wait()
				if got, err := c.ask(t.Context(), "q", true, hold); got != tt.askedAnyway || err != nil || c.computed.Load() != tt.want {
					t.Errorf("then %q, %v, computed %d times", got, err, c.computed.Load())
				}
			})
		})
	}
}

// TestChangesWhileComputing shows that nobody who asks after a change gets what was
// computed of the state before.
func TestChangesWhileComputing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hold := newCache(1000), make(chan struct{})
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { _, _ = c.ask(t.Context(), "q", true, hold) })
			synctest.Wait()
			c.now.Add(1)
		}
		close(hold)
		all.Wait()
		if got, _ := c.ask(t.Context(), "q", true, hold); got != "q3" {
			t.Errorf("got %q", got)
		}
		if got, _ := c.ask(t.Context(), "q", true, hold); got != "q3" {
			t.Errorf("then %q", got)
		}
	})
}

// TestNumbers holds the number of an answer to being its own, and to coming only with what was kept.
func TestNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(100)
		answers := map[uint64]string{}
		ask := func(q string, whole bool) (kept uint64) {
			answer, hit, err := c.Get(t.Context(), q, func(context.Context) (Computed[state, string], error) {
				return c.answer(q, whole), nil
			})
			kept = hit.Number
			if before, ok := answers[kept]; err != nil || ok && kept != 0 && before != answer {
				t.Errorf("%s: number %d is %q and was %q, %v", q, kept, answer, before, err)
			}
			answers[kept] = answer
			return kept
		}
		for _, step := range []struct {
			what string
			do   func()
			kept bool // the next answer was
		}{
			{"nothing", func() {}, false},
			{"asked before", func() {}, true},
			{"a change", func() { c.now.Add(1) }, false},
			{"asked since", func() {}, true},
			{"many others", func() {
				for i := range 100 {
					ask(fmt.Sprint("x", i), true)
				}
			}, false},
			{"asked since then", func() {}, true},
		} {
			step.do()
			if kept := ask("q", true); (kept != 0) != step.kept {
				t.Errorf("after %s the number is %d", step.what, kept)
			}
		}
		if first, second := ask("cut", false), ask("cut", false); first != 0 || second == 0 {
			t.Errorf("an answer that is cut has the numbers %d and %d", first, second)
		}
		time.Sleep(fading + 1)
		if kept := ask("cut", false); kept != 0 {
			t.Errorf("an answer that is too old has the number %d", kept)
		}
	})
}

func TestPartialAnswersFade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(1000)
		for _, tt := range []struct {
			after time.Duration
			want  string
		}{{0, "q1"}, {fading - 1, "q1"}, {2, "q2"}, {fading / 2, "q2"}} {
			time.Sleep(tt.after)
			if got, err := c.ask(t.Context(), "q", false, released()); got != tt.want || err != nil {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
		}
	})
}

func TestAnswersAreBounded(t *testing.T) {
	c := newCache(100)
	for i := range 1000 {
		if _, err := c.ask(t.Context(), fmt.Sprint("question", i), true, released()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ask(t.Context(), "a", true, released()); err != nil {
			t.Fatal(err)
		}
		if c.bytes > 100 || len(c.all) != c.used.Len() {
			t.Fatalf("%d bytes, %d answers, %d in order", c.bytes, len(c.all), c.used.Len())
		}
	}
	if n := c.computed.Load(); n != 1001 {
		t.Errorf("computed %d times: what was used last is not kept", n)
	}
	before := len(c.all)
	if _, err := c.ask(t.Context(), "a question that takes more than its part", true, released()); err != nil || len(c.all) != before {
		t.Errorf("%v; %d answers, then %d", err, before, len(c.all))
	}
	c.now.Add(1)
	if _, err := c.ask(t.Context(), "b", true, released()); err != nil || len(c.all) != 1 || c.bytes != len("b"+"b1003") {
		t.Errorf("%v; after a change %d answers of %d bytes are kept", err, len(c.all), c.bytes)
	}
}

func TestFailuresAreNotKept(t *testing.T) {
	c, bad := newCache(100), errors.New("bad")
	_, _, err := c.Get(t.Context(), "q", func(context.Context) (Computed[state, string], error) { return Computed[state, string]{}, bad })
	if !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _, _ = c.Get(t.Context(), "q", func(context.Context) (Computed[state, string], error) { panic("no") })
	}()
	if got, err := c.ask(t.Context(), "q", true, released()); got != "q1" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
