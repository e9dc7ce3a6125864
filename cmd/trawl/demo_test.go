package main

import "testing"

func TestCalling(t *testing.T) {
	for arg0, want := range map[string]string{
		"trawl":                                 "trawl",
		"./trawl":                               "./trawl",
		"/tmp/go-build692503684/b001/exe/trawl": "go run ./cmd/trawl",
	} {
		if got := calling(arg0); got != want {
			t.Errorf("%s is called by %q, want %q", arg0, got, want)
		}
	}
}
