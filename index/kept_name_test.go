package index_test

import (
	"strings"
	"testing"

	"trawl/index"
)

func TestKeptName(t *testing.T) {
	long := strings.Repeat("é", 200)
	for foreign, want := range map[string]string{
		"a.iso": "a.iso", "../../etc/passwd": "passwd", "..": "", ".": "", "": "", "/": "", "a/b/": "b", "-": "_", "/-/": "_", "-rf": "-rf",
		`..\..\x`: ".._.._x", ".bashrc": ".bashrc", "a\x1b[2Jb\r\n": "a_[2Jb__", "\u202egpj.exe": "_gpj.exe", "caf\xe9": "caf_",
		"Музыка 1.mp3": "Музыка 1.mp3", long + ".tar.gz": long[:236] + ".gz",
	} {
		if got := index.KeptName(foreign); got != want {
			t.Errorf("KeptName(%q) = %q, want %q", foreign, got, want)
		}
	}
}
