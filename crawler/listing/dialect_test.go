package listing

import "testing"

// Each dialect has a name of its own, the one by which it is found again.
func TestDialects(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range dialects() {
		d := newDialect(o.name, newClock(benchNow, 0, months{}, noHabits()))
		if d == nil || d.name() != o.name || seen[o.name] {
			t.Errorf("%s: %T", o.name, d)
		}
		seen[o.name] = true
	}
	if d := newDialect("klingon", nil); d != nil {
		t.Errorf("klingon: %T", d)
	}
}
