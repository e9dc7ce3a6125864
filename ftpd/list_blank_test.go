package ftpd_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"trawl/ftpd"
)

// TestBlankNames shows how blanks at the beginning of a name are understood: they belong to it if it is there.
func TestBlankNames(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: fstest.MapFS{" x": {Data: []byte("1")}, "y": {Data: []byte("2")}}}))
	for command, want := range map[string]string{
		"NLST -a  x":  " x",
		"NLST  -a  x": " x",
		"NLST  x":     " x",
		"NLST -a x":   "",
		"NLST -a  y":  "y",
		"NLST -a   y": "y",
		"NLST  y":     "y",
		"NLST  y -a":  "y",
	} {
		got, reply := c.fetch(command)
		if strings.TrimSuffix(got, "\r\n") != want || strings.HasPrefix(reply, "226 ") != (want != "") {
			t.Errorf("%s => %q, %q", command, got, reply)
		}
	}
}
