package main

import (
	"slices"
	"strings"
	"testing"
)

func TestOrder(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"search kernel -src -n 5", "search -n 5 -- kernel -src"},
		{"search kernel -n5 --json", "search -n5 --json -- kernel"},
		{"search -name:x y", "search -- -name:x y"},
		{"search a OR -bc --sort size", "search --sort size -- a OR -bc"},
		{"search --sort=size --data d x", "search --sort=size --data d -- x"},
		{"--data d search -xy z", "search --data d -- -xy z"},
		{"search x -- --json -n 3", "search -- x --json -n 3"},
		{"search --nonsense x", "search --nonsense -- x"},
		{"search x --sort", "search --sort"},
		{"search -c python", "search -c -- python"},
		{"search -h", "search -h --"},
		{"get kernel -src -j 4 --first", "get -j 4 --first -- kernel -src"},
		{"get ftp://h/a -o b", "get ftp://h/a -o b"},
		{"hosts --json", "hosts --json"},
		{"", ""},
	} {
		root := newRoot(&app{})
		if got := searchArgs(root, strings.Fields(tt.in)); !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s => %s, want %s", tt.in, strings.Join(got, " "), tt.want)
		}
	}
}
