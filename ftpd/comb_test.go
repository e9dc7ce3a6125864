package ftpd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// TestComb joins parts as clients ask for it, and refuses what nobody should ask for.
func TestComb(t *testing.T) {
	dir, root := folder(t, map[string]string{"p1": "one", "p2": "two", `a "part"`: "three", "sub/p3": "four", "old": "old.", "x y/z": "five", "\xe9": "six"})
	var mu sync.Mutex
	var seen []string
	addr := serve(t, &ftpd.Server{Accounts: anyone{tree.Folder(root)}, Observe: []func(ftpd.Event){func(e ftpd.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Kind == ftpd.Stored || e.Kind == ftpd.Deleted {
			seen = append(seen, fmt.Sprint(e.Kind, " ", e.User, " ", e.Path, " ", e.Bytes, " ", e.Whole))
		}
	}}})
	c := dial(t, addr)
	c.reply()
	c.want("USER ann", "331 ")
	c.want("PASS x", "230 ")
	c.want("CWD sub", "250 ")
	many := "COMB t" + strings.Repeat(" a", 4000)
	for _, talk := range []string{
		"COMB => 501 COMB: Syntax", "COMB t => 501 COMB wants a target and 1 to 256 parts", `COMB "t => 501 COMB: paths`, `COMB "t" "" => 501 COMB: paths`, `COMB "t"x y => 501 COMB: paths`,
		many + " => 501 COMB wants", "COMB t" + strings.Repeat(" a", 257) + " => 501 ", "COMB " + strings.Repeat("x", 9000) + " => 500 ",
		"COMB new none => 550 part 1: No such file", "COMB new /p1 none => 550 part 2: No such file", "COMB new ../../../etc/passwd => 550 part 1: No such file",
		"COMB /old /old => 550 ", "COMB /old /p1 /p1 => 550 part 2: Up to 256 parts", "COMB ../sub /p1 => 550 ", "COMB /none/new /p1 => 550 ", "COMB new /sub => 550 part 1: Not a regular",
		"COMB new /p1\x00 => 5", "COMB new\x00 /p1 => 5", "COMB .trawl/x /p1 => 550 ", "COMB new " + strings.Repeat("d/", 300) + "x => 550 This path is too deep",
		"COMB " + strings.Repeat("n", 300) + " /p1 => 550 ", "SIZE /p1 => 213 3",
		`COMB "/old" "/p1" "/p2" => 250 COMB: 2 parts, 6 bytes, are in the target`, `COMB new "/a ""part""" p3 "/x y/z" /` + "\xe9 => 250 COMB: 4 parts, 16 bytes",
		"SIZE /p1 => 550 ", "COMB new /old => 250 ", "HELP COMB => 214 Syntax: COMB \"target\" \"part\" ...",
	} {
		command, want, _ := strings.Cut(talk, " => ")
		c.want(command, want)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "sub/new")); string(b) != "threefourfivesixold.onetwo" {
		t.Errorf("joined is %q, %v", b, err)
	}
	mu.Lock()
	got := strings.Join(seen, ", ")
	mu.Unlock()
	want := "stored ann /old 6 true, deleted ann /p1 0 false, deleted ann /p2 0 false, stored ann /sub/new 16 true"
	if !strings.HasPrefix(got, want) {
		t.Errorf("events: %s", got)
	}
	if got := c.want("FEAT", "211-"); !strings.Contains(got, " COMB\n") {
		t.Errorf("FEAT: %q", got)
	}
	c.want("CWD /", "250 ")
	c.send("COMB late sub/new\r\nREIN\r\nUSER bob\r\nPASS x") // REIN does not wait for the work, which the user who is in asked for
	var all []string
	for range 4 {
		all = append(all, c.reply()[:4])
	}
	if slices.Sort(all); strings.Join(all, "") != "220 230 250 331 " {
		t.Errorf("replies behind REIN: %s", all)
	}
}

// TestCombBomb lets many sessions of a user with a quota join the same parts to the same target, again and again: no byte is there
// twice, and none over the quota.
func TestCombBomb(t *testing.T) {
	dir, root := folder(t, map[string]string{"p": strings.Repeat("p", 300<<10), "t": strings.Repeat("t", 300<<10)})
	store := tree.Folder(root)
	addr := serve(t, &ftpd.Server{Accounts: bounded{store}})
	var all sync.WaitGroup
	for range 8 {
		c := dial(t, addr)
		c.reply()
		c.want("USER ann", "331 ")
		c.want("PASS x", "230 ")
		all.Go(func() {
			for range 20 {
				for _, command := range []string{"COMB t p", "COMB t t", "COMB p t", "COMB t p p"} {
					c.send(command)
					if got := c.reply(); got[0] != '2' && got[0] != '4' && got[0] != '5' {
						t.Error(got)
					}
				}
			}
		})
	}
	all.Wait()
	used := store.Used()
	var held int64
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if info, failed := d.Info(); err == nil && failed == nil && info.Mode().IsRegular() {
			held += info.Size()
		}
		return nil
	})
	if held != 600<<10 || used.Bytes != 0 && used.Bytes != held {
		t.Errorf("%d bytes are there, %d count as used", held, used.Bytes)
	}
}
