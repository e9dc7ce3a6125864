package ftpd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNamesInBytes lists names that are not UTF-8: in their own bytes to a client that has made a name of such bytes, and in a form
// that is UTF-8 to all others, and in all replies. Both clients may send both.
func TestNamesInBytes(t *testing.T) {
	dir, c := writableServer(t, map[string]string{"caf\xe9": "x", "line\nf": ""})
	check := func(name string) {
		t.Helper()
		for command, want := range map[string]string{
			"NLST":             name + "\r\n",
			"LIST caf*":        " " + name + "\r\n",
			"MLSD":             "; " + name + "\r\n",
			"LIST -d " + name:  " " + name + "\r\n",
			"NLST " + name:     name + "\r\n",
			"NLST caf\uefe9":   name + "\r\n",
			"LIST -R":          " " + name + "\r\n",
			"NLST line\uef0af": "line\uef0af\r\n",
		} {
			got, reply := c.fetch(command)
			if !strings.Contains("\r\n "+got, want) || !strings.HasPrefix(reply, "226 ") {
				t.Errorf("%q => %q, %q, want %q", command, got, reply, want)
			}
		}
		c.want("SIZE caf\xe9", "213 1")
		c.want("SIZE caf\uefe9", "213 1")
		c.want("MLST caf\xe9", "250-Facts:")
		c.want("STAT caf\xe9", "213-Status of /caf\uefe9:")
	}
	check("caf\uefe9")
	c.want("CWD caf\xe9", "550 caf\uefe9: ") // asking is not making
	check("caf\uefe9")
	c.want("MKD d\xfe", "257 \"/d\ueffe\"")
	check("caf\xe9")
	if _, err := os.Stat(filepath.Join(dir, "d\xfe")); err != nil {
		t.Error(err)
	}
	c.want("QUIT", "221 ")
}
