package listing

import "testing"

// Each dialect has a name of its own, the one by which it is found again.
func TestDialects(t *testing.T) {
	seen := map[string]bool{}
	fresh := func() *clock { return newClock(benchNow, 0, newMonths(), noHabits()) }
	for _, o := range dialects() {
		d := begin(dialects(), o.name, fresh)
		if d == nil || d.name() != o.name || seen[o.name] {
			t.Errorf("%s: %T", o.name, d)
		}
		seen[o.name] = true
	}
	if d := begin(dialects(), "klingon", nil); d != nil {
		t.Errorf("klingon: %T", d)
	}
}
