package ftpd_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
)

// TestHash shows checksums of files and of parts of them, in each dialect.
func TestHash(t *testing.T) {
	const body = "0123456789"
	dir, root := folder(t, map[string]string{"digits": body, "a 0 5": "odd name", "empty": "", "sub/x": "x"})
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "digits"), old, old); err != nil {
		t.Fatal(err)
	}
	sha := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(root)}))
	for range 2 { // the second time some are kept
		for _, test := range []struct{ command, want string }{
			{"OPTS HASH", "200 SHA-256"},
			{"HASH digits", "213 SHA-256 0-9 " + sha(body) + " digits"},
			{"RANG 2 4", "350 "},
			{"HASH digits", "213 SHA-256 2-4 " + sha("234") + " digits"},
			{"REST 5", "350 "},
			{"HASH digits", "213 SHA-256 5-9 " + sha("56789") + " digits"},
			{"RANG 20 30", "350 "},
			{"HASH digits", "501 "},
			{"HASH empty", "213 SHA-256 0-0 " + sha("") + " empty"},
			{"HASH sub", "550 "},
			{"HASH none", "550 "},
			{"OPTS HASH sha-512", "200 SHA-512"},
			{"HASH digits", fmt.Sprintf("213 SHA-512 0-9 %x digits", sha512.Sum512([]byte(body)))},
			{"OPTS HASH CRC64", "501 "},
			{"FEAT", "211-"},
			{"OPTS HASH SHA-256", "200 "},
			{"XSHA256 digits", "250 " + sha(body)},
			{"XSHA256 digits 2 4", "250 " + sha("23")},
			{"XSHA256 digits 9", "250 " + sha("9")},
			{"XSHA256 \"digits\" 0 1", "250 " + sha("0")},
			{"XSHA256 digits 5 2", "550 "},
			{"XSHA256 \"digits\" 5 2", "501 "},
			{"XSHA256 digits 0 99999999999999999999", "550 "},
			{"XSHA256 digits 0 999999999999", "250 " + sha(body)},
			{"XSHA256 a 0 5", "250 " + sha("odd name")},
			{"XSHA1 digits", fmt.Sprintf("250 %x", sha1.Sum([]byte(body)))},
			{"XSHA512 digits", fmt.Sprintf("250 %x", sha512.Sum512([]byte(body)))},
			{"XMD5 digits", fmt.Sprintf("250 %x", md5.Sum([]byte(body)))},
			{"MD5 digits", fmt.Sprintf("250 %x", md5.Sum([]byte(body)))},
			{"XCRC digits", fmt.Sprintf("250 %08x", crc32.ChecksumIEEE([]byte(body)))},
			{"XCRC", "501 "},
		} {
			if got := c.want(test.command, test.want); !strings.HasPrefix(got, "211-") && strings.HasPrefix(test.want, "25") && got != test.want {
				t.Errorf("%s => %q", test.command, got)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "digits"), []byte("9876543210"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.want("XSHA256 digits", "250 "+sha("9876543210"))
}

// TestHashAborts ends a checksum of a huge file, and keeps the session usable meanwhile.
func TestHashAborts(t *testing.T) {
	dir, root := folder(t, map[string]string{"small": "s"})
	addr := serve(t, &ftpd.Server{FS: ftpd.Dir(root)})
	for name, size := range map[string]int64{"huge": 8 << 30, "endless": 1 << 42} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Truncate(size)
		f.Close()
	}
	c := login(t, addr)
	c.want("HASH endless", "550 endless: the file is too large")
	c.send("XSHA512 huge")
	c.want("NOOP", "200 ")
	if got := c.want("STAT", "211-"); !strings.Contains(got, "SHA-512 of /huge") {
		t.Errorf("STAT => %q", got)
	}
	c.send("ABOR")
	c.expect("426 ", "226 ")
	c.send("XMD5 huge")
	c.send("SIZE small")
	c.send("ABOR")
	c.expect("426 ", "213 1", "226 ")
	c.send("HASH huge")
	c.want("QUIT", "221 ")
	c.Close() // and nothing of it is left: see TestMain
}
