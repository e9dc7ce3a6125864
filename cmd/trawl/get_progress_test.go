package main

import "testing"

// TestBarLooks holds the line about a download to what fits at three widths.
func TestBarLooks(t *testing.T) {
	state := barState{done: 314572800, size: 695206912, speed: 12582912, host: "ftp.example.org ×2"}
	const most = " 45% [=========           ] 300 MiB of 663 MiB, 12 MiB/s, 30s left, ftp.example.org ×2"
	if got := state.text(looks()[0]); got != most {
		t.Errorf("%q, want %q", got, most)
	}
	for width, want := range map[int]string{
		200: most,
		80:  " 45% [=========           ] 300 MiB of 663 MiB, 12 MiB/s, 30s left",
		40:  " 45% 300 MiB, 12 MiB/s",
	} {
		for _, look := range looks() {
			if text := state.text(look); width-3-columns(text) >= leastName-4 {
				if text != want {
					t.Errorf("at %d columns %q, want %q", width, text, want)
				}
				break
			}
		}
	}
}
