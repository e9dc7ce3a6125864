package ftpd

import (
	"bufio"
	"context"
	"io"
	"net"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trawl/ftpd/tree"
)

// TestUnTelnet shows what is left of a line.
func TestUnTelnet(t *testing.T) {
	for line, want := range map[string]string{
		"PWD\r\n":                     "PWD",
		"PWD\n":                       "PWD",
		"\r\n":                        "",
		"\xff\xf4\xff\xf2ABOR\r\n":    "ABOR",
		"\xff\xf4\xf2ABOR\r\n":        "ABOR", // IAC of the DM went out of band
		"CWD a\xff\xffb\n":            "CWD a\xffb",
		"CWD a\xffb\n":                "CWD a\xffb",
		"CWD a\xff\n":                 "CWD a\xff",
		"CWD a\r\x00b\r\n":            "CWD a\rb",
		"CWD \xff\xfd\x06a\r\n":       "CWD a",
		"CWD \xff\xff\xff\xf4\r\n":    "CWD \xff",
		"CWD caf\xe9\xff\xfb\x01\r\n": "CWD caf\xe9",
	} {
		if got := string(unTelnet([]byte(line))); got != want {
			t.Errorf("%q => %q, want %q", line, got, want)
		}
	}
}

// TestParseList shows what LIST takes from ls.
func TestParseList(t *testing.T) {
	for arg, want := range map[string]struct {
		listOptions
		name string
	}{
		"":                {},
		"pub":             {name: "pub"},
		"a b":             {name: "a b"},
		" a":              {name: " a"},
		"-a":              {listOptions{all: true}, ""},
		"-la pub":         {listOptions{all: true, long: true}, "pub"},
		"-lR /pub":        {listOptions{recursive: true, long: true}, "/pub"},
		"-l -a -d  x":     {listOptions{all: true, long: true, itself: true}, " x"},
		"-a   -l x":       {listOptions{all: true, long: true}, "x"},
		"-a -l x y":       {listOptions{all: true, long: true}, "x y"},
		"-ltr":            {listOptions{long: true, order: byTime, reverse: true}, ""},
		"-l -S -t -F -A1": {listOptions{long: true, order: byTime, marks: true}, ""},
		"-lU":             {listOptions{long: true, order: asRead}, ""},
		"-- -x":           {name: "-x"},
		"-al --":          {listOptions{all: true, long: true}, ""},
		"-al -- a b":      {listOptions{all: true, long: true}, "a b"},
		"-a -- -R":        {listOptions{all: true}, "-R"},
		"-T /pub/x -l":    {name: "/pub/x -l"},
		"-2024.txt":       {name: "-2024.txt"},
		"-":               {name: "-"},
		"--color":         {name: "--color"},
	} {
		o, name := parseList(arg)
		if o != want.listOptions || name != want.name {
			t.Errorf("%q => %+v, %q", arg, o, name)
		}
	}
}

// TestTrailingOptions shows what is taken off the end of a path.
func TestTrailingOptions(t *testing.T) {
	for name, want := range map[string][2]string{
		"pub -la":     {"-la", "pub"},
		"a b -l  -R ": {"-R-l", "a b"},
		"pub -":       {"", "pub -"},
		"pub":         {"", "pub"},
		"":            {"", ""},
	} {
		options, rest, ok := trailingOptions(name)
		if options != want[0] || ok != (want[0] != "") || ok && rest != want[1] {
			t.Errorf("%q => %q, %q, %v", name, options, rest, ok)
		}
	}
}

// TestLongTimes shows times in LIST: the time of day only of the last half year.
func TestLongTimes(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	line := newLongLine(listOptions{})
	for _, test := range []struct {
		time int64
		want string
	}{
		{now.Unix(), now.Format("Jan _2 15:04")},
		{now.Add(-181 * 24 * time.Hour).Unix(), now.Add(-181 * 24 * time.Hour).Format("Jan _2 15:04")},
		{now.Add(-183 * 24 * time.Hour).Unix(), now.Add(-183 * 24 * time.Hour).Format("Jan _2  2006")},
		{now.Add(time.Hour).Unix(), now.Add(time.Hour).Format("Jan _2  2006")},
		{0, "Jan  1  1970"},
		{-1, "Dec 31  1969"},
		{-1 << 60, "0000"},
		{1 << 60, "9999"},
		{tree.UnknownTime, "Jan  1  1970"},
	} {
		e := tree.Entry{Time: test.time, Size: 1<<63 - 1}
		got := string(line(nil, &e, "x", ""))
		if !strings.Contains(got, " 9223372036854775807 ") || !strings.HasSuffix(got, test.want+" x") {
			t.Errorf("%d => %q, want %q", test.time, got, test.want)
		}
	}
}

// FuzzSession gives any bytes to a session that has logged in: it ends, it
// does not panic, and all that it says are lines of replies.
func FuzzSession(f *testing.F) {
	for _, seed := range []string{
		"PWD\r\n", "LIST -lR /\r\n", "STAT .\r\nSTAT\r\nSTAT ../..\r\n", "CWD a\r\nRETR ../x\r\n", "\xff\xf4\xff\xf2ABOR\r\n",
		"OPTS MLST size;x;\r\nMLST x\r\n",
		"REST 9\r\nSIZE x\r\nMDTM x\r\n", "FEAT\r\nHELP\r\n\r\n\n", "STAT *[\r\nSTAT x?\r\nSTAT [a-\r\n", strings.Repeat("x", maxFlood+1),
	} {
		f.Add([]byte(seed))
	}
	files := fstest.MapFS{"x": {Data: []byte("x")}, "a/b\r\nc": {}, "a/\xff": {}}
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, listens := range []string{"PASV", "EPSV", "PORT", "EPRT"} {
			if strings.Contains(strings.ToUpper(string(input)), listens) {
				return // these need a network; FuzzAddresses has them
			}
		}
		ours, theirs := net.Pipe()
		h := newService(&Server{FS: files})
		done := make(chan struct{})
		go func() {
			defer close(done)
			newSession(h, 1, theirs, ends{}).serve(context.Background(), false)
		}()
		go func() {
			_, _ = io.WriteString(ours, "USER ftp\r\nPASS x\r\n")
			_, _ = ours.Write(input)
			_, _ = io.WriteString(ours, "\r\nQUIT\r\n")
		}()
		_ = ours.SetDeadline(time.Now().Add(10 * time.Second))
		r := bufio.NewReader(ours)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				break
			}
			if !strings.HasSuffix(line, "\r\n") || strings.ContainsAny(line[:len(line)-2], "\r\n\x00") {
				t.Fatalf("no line of a reply: %q", line)
			}
		}
		ours.Close()
		<-done
	})
}

// FuzzAddresses gives any argument to PORT and EPRT.
func FuzzAddresses(f *testing.F) {
	for _, seed := range []string{"127,0,0,1,4,0", "|1|127.0.0.1|1024|", "|2|::1|99999|", "||||", "\xff\xff\xff\xff\xff", "1,2,3,4,5,256"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		if to, err := parsePort(arg); err == nil && !to.Addr().Is4() {
			t.Errorf("PORT %q => %v", arg, to)
		}
		family, to, err := parseEprt(arg)
		if err == nil && to.IsValid() && to.Addr().Is4() != (family == "1") {
			t.Errorf("EPRT %q => %q, %v", arg, family, to)
		}
	})
}

// FuzzResolve shows that no path leads above the root.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"..", "../../etc", "/../x", "a/./b//../c", "", ".", "//", "\x00", "a\\..\\.."} {
		f.Add("/pub", seed)
	}
	f.Fuzz(func(t *testing.T, cwd, arg string) {
		s := &session{cwd: path.Clean("/" + cwd)}
		s.login.View = tree.FS(fstest.MapFS{}).View(tree.Options{Rules: tree.Rules{"/": tree.ReadOnly}})
		p := s.resolve(arg)
		if !strings.HasPrefix(p, "/") || path.Clean(p) != p || strings.Contains("/"+p+"/", "/../") {
			t.Errorf("%q in %q => %q", arg, s.cwd, p)
		}
	})
}
