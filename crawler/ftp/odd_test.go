package ftp_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/indextest"
)

// oddSession and its like shorten the table below.
type oddSession = ftptest.OddSession

// TestOdd crawls servers that mean well and are odd in one thing. Each directory must be found with
// what it holds, within the time that one command may cost that is never answered.
func TestOdd(t *testing.T) {
	modern := []string{"EPSV", "UTF8", "MDTM", "CLNT", "MLST type*;size*;modify*;", "MLSD"}
	silentAt := func(verb string) func(*oddSession, string, string) bool {
		return func(_ *oddSession, v, _ string) bool { return v == verb }
	}
	endsAt := func(verb string) func(*oddSession, string, string) bool {
		return func(s *oddSession, v, _ string) bool {
			if v == verb {
				s.Close()
			}
			return v == verb
		}
	}
	twice := func(pattern string, again string) func(*oddSession, string) []string {
		which := regexp.MustCompile(pattern)
		return func(_ *oddSession, reply string) []string {
			if which.MatchString(reply) {
				return []string{reply, again}
			}
			return []string{reply}
		}
	}
	status := func(s *oddSession, dir string) {
		s.Say("213-Status:\n" + strings.TrimSuffix(strings.ReplaceAll(s.Lines("LIST", dir), "\r\n", "\n"), "\n") + "\n213 End.")
	}
	lists := func(verb string) bool { return verb == "LIST" || verb == "MLSD" || verb == "STAT" }
	nested := func(home string) map[string][]string {
		tree := map[string][]string{}
		for dir, names := range ftptest.DefaultTree() {
			tree[path.Join(home, dir)] = names
		}
		for dir := home; dir != "/"; dir = path.Dir(dir) {
			tree[path.Dir(dir)] = append(tree[path.Dir(dir)], path.Base(dir)+"/")
		}
		return tree
	}
	for name, odd := range map[string]*ftptest.Odd{
		"as most are": {}, "a modern one": {Features: modern},
		"silent at FEAT": {On: silentAt("FEAT")}, "silent at SYST": {On: silentAt("SYST")}, "silent at PWD": {On: silentAt("PWD")},
		"silent at OPTS": {Features: modern, On: silentAt("OPTS")}, "silent at CLNT": {Features: modern, On: silentAt("CLNT")},
		"silent at STAT": {Features: modern, On: silentAt("STAT")}, "silent at MDTM": {Features: modern, On: silentAt("MDTM")},
		"silent at EPSV": {Features: modern, On: silentAt("EPSV")}, "silent at EPSV, alone": {On: silentAt("EPSV")},
		"silent at MLST": {Features: []string{"MLST type*;size*;modify*;unique*;", "MLSD"}, On: silentAt("MLST")},
		"silent at MLSD": {Features: modern, On: silentAt("MLSD")},
		"MLSD is denied": {Features: modern, On: func(s *oddSession, v, _ string) bool {
			if v == "MLSD" {
				s.Say("550 Not here")
			}
			return v == "MLSD"
		}},
		"MLSD is in trouble": {Features: modern, On: func(s *oddSession, v, _ string) bool {
			if v == "MLSD" {
				s.Say("451 Local error")
			}
			return v == "MLSD"
		}},
		"331 twice":     {Reply: twice("^331", "331 The password, please")},
		"silent at two": {Features: modern, On: func(_ *oddSession, v, _ string) bool { return v == "SYST" || v == "EPSV" }},
		"ends at FEAT":  {On: endsAt("FEAT")}, "ends at OPTS": {Features: modern, On: endsAt("OPTS")}, "ends at CLNT": {Features: modern, On: endsAt("CLNT")},
		"ends at STAT": {Features: modern, On: endsAt("STAT")}, "ends at PWD": {On: endsAt("PWD")}, "ends at SYST": {On: endsAt("SYST")},
		"nothing at the end": {Reply: func(_ *oddSession, r string) []string {
			if strings.HasPrefix(r, "226") {
				return nil
			}
			return []string{r}
		}},
		"nothing at the end, no PWD": {
			On: silentAt("PWD"),
			Reply: func(_ *oddSession, r string) []string {
				if strings.HasPrefix(r, "226") {
					return nil
				}
				return []string{r}
			},
		},
		"MLSD opens and is silent": {Features: modern, On: func(s *oddSession, v, _ string) bool {
			if v == "MLSD" {
				s.Say("150 Here it comes.")
			}
			return v == "MLSD"
		}},
		"two 220": {Reply: twice("^220", "220 Really ready.")}, "two 230": {Reply: twice("^230", "230 Welcome.")},
		"two 226": {Reply: twice("^226", "226 Really.")}, "two 226, modern": {Features: modern, Reply: twice("^226", "226 Really.")},
		"two 200": {Reply: twice("^200", "200 Really.")}, "two 200, modern": {Features: modern, Reply: twice("^200", "200 Really.")},
		"two 250": {Features: modern, Reply: twice("^250", "250 Really.")}, "two 150": {Reply: twice("^150", "150 It really comes.")},
		"two 215": {Reply: twice("^215", "215 Really.")}, "two 257": {Reply: twice("^257", "257 \"/\" Really.")},
		"two 229":                   {Features: modern, Reply: twice("^229", "200 Done.")},
		"a remark after each reply": {Reply: func(_ *oddSession, r string) []string { return []string{r, "have a nice day"} }},
		"bare codes": {Reply: func(_ *oddSession, r string) []string {
			if len(r) > 4 && r[3] == ' ' && !strings.HasPrefix(r, "22") && !strings.HasPrefix(r, "21") || strings.HasPrefix(r, "226") || strings.HasPrefix(r, "220") {
				return []string{r[:3]}
			}
			return []string{r}
		}},
		"old multi-line replies": {Greeting: "220-Welcome\n   to this server\n 230 is no code here\n220", Reply: func(_ *oddSession, r string) []string {
			if strings.HasPrefix(r, "230") {
				return []string{"230-Come\n in,\n200 friends\n230 please."}
			}
			return []string{r}
		}},
		"a reply more after each STAT": {Features: modern, On: func(s *oddSession, v, a string) bool {
			if v == "STAT" && s.Tree[s.Resolve(a)] != nil {
				status(s, s.Resolve(a))
				s.Say("200 STAT is done.")
				return true
			}
			return false
		}},
		"two answers to each third STAT": {On: func(s *oddSession, v, a string) bool {
			if v == "STAT" && s.Tree[s.Resolve(a)] != nil {
				status(s, s.Resolve(a))
				if len(s.Commands())%3 == 0 {
					status(s, s.Resolve(a))
				}
				return true
			}
			return false
		}},
		"EPSV as PASV": {On: func(s *oddSession, v, _ string) bool {
			if v == "EPSV" {
				s.Obey("PASV", "")
			}
			return v == "EPSV"
		}},
		"PASV as EPSV": {On: func(s *oddSession, v, _ string) bool {
			switch v {
			case "EPSV":
				s.Say("500 EPSV is not known.")
			case "PASV":
				s.Obey("EPSV", "")
			}
			return v == "EPSV" || v == "PASV"
		}},
		"EPSV with words around": {Reply: func(_ *oddSession, r string) []string {
			return []string{strings.Replace(strings.Replace(r, "(|||", "port (|1|127.0.0.1|", 1), "|)", "|) (0)", 1)}
		}},
		"LIST ignores paths": {On: func(s *oddSession, v, _ string) bool {
			if v == "LIST" {
				s.Transfer(v, "")
			}
			return v == "LIST"
		}},
		"LIST and MLSD ignore paths": {Features: modern, On: func(s *oddSession, v, _ string) bool {
			if v == "LIST" || v == "MLSD" {
				s.Transfer(v, "")
			}
			return v == "LIST" || v == "MLSD"
		}},
		"LIST ignores paths, some directories are entered": {Tree: blanks(), On: func(s *oddSession, v, _ string) bool {
			if v == "LIST" {
				s.Transfer(v, "")
			}
			return v == "LIST"
		}},
		"STAT ignores paths": {On: func(s *oddSession, v, a string) bool {
			if v == "STAT" && !strings.HasPrefix(a, "-") {
				status(s, s.Cwd)
				return true
			}
			return false
		}},
		"LIST is of the parent": {On: func(s *oddSession, v, a string) bool {
			if v == "LIST" && strings.HasPrefix(a, "/") && a != "/" {
				s.Transfer(v, path.Dir(a))
				return true
			}
			return false
		}},
		"LIST ignores paths, home elsewhere": {Home: "/home/ftp", Tree: nested("/home/ftp"), On: func(s *oddSession, v, _ string) bool {
			if v == "LIST" {
				s.Transfer(v, "")
			}
			return v == "LIST"
		}},
		"paths are refused": {Features: modern, On: func(s *oddSession, v, a string) bool {
			if lists(v) && a != "" {
				s.Say("501 No arguments, please.")
				return true
			}
			return false
		}},
		"paths are refused by 550": {On: func(s *oddSession, v, a string) bool {
			if lists(v) && a != "" {
				s.Say("550 " + a + ": The system cannot find the file specified.")
				return true
			}
			return false
		}},
		"only the home may be listed": {Home: "/home/ftp", Tree: nested("/home/ftp"), On: func(s *oddSession, v, a string) bool {
			if (lists(v) || v == "CWD") && !strings.HasPrefix(s.Resolve(strings.TrimPrefix(a, "-a ")), "/home/ftp") {
				s.Say("550 Permission denied.")
				return true
			}
			return false
		}},
		"MLSD lists nothing": {Features: modern, On: func(s *oddSession, v, _ string) bool {
			if v == "MLSD" {
				s.Send("", "226 Done.")
			}
			return v == "MLSD"
		}},
		"options are no names": {On: func(s *oddSession, v, a string) bool {
			if v == "LIST" && strings.HasPrefix(a, "-") {
				s.Send("", "226 Done.")
				return true
			}
			return false
		}},
		"MLSD is of the entry itself": {Features: modern, On: func(s *oddSession, v, a string) bool {
			switch {
			case (v == "LIST" || v == "MLSD") && strings.HasPrefix(a, "/") && a != "/":
				s.Send(s.LineOf(v, path.Base(a), true), "226 Done.")
			default:
				return false
			}
			return true
		}},
		"absolute names of the wrong directory": {On: func(s *oddSession, v, _ string) bool {
			if v == "LIST" {
				lines := ""
				for _, name := range s.Tree[s.Cwd] {
					lines += s.LineOf(v, path.Join(s.Cwd, name), strings.HasSuffix(name, "/"))
				}
				s.Send(lines, "226 Done.")
			}
			return v == "LIST"
		}},
		"CWD takes one step at a time": {On: func(s *oddSession, v, a string) bool {
			if v == "CWD" && strings.Count(strings.Trim(a, "/"), "/") > 0 || v == "LIST" && strings.Contains(a, "/") && !strings.HasSuffix(a, " /") {
				s.Say("550 " + a + ": Invalid path.")
				return true
			}
			return false
		}},
		"CWD takes no path": {On: func(s *oddSession, v, a string) bool {
			if v == "CWD" && strings.Contains(a, "/") || v == "LIST" && strings.Contains(a, "/") {
				s.Say("550 " + a + ": Invalid path.")
				return true
			}
			if v == "CDUP" {
				s.Cwd = path.Dir(s.Cwd)
				s.Say("250 Up.")
				return true
			}
			return false
		}},
		"CWD of a path does nothing": {On: func(s *oddSession, v, a string) bool {
			if v == "CWD" && strings.Contains(a, "/") {
				s.Say("250 There you are.")
				return true
			}
			if v == "LIST" {
				s.Transfer(v, "")
				return true
			}
			if v == "CDUP" {
				s.Cwd = path.Dir(s.Cwd)
				s.Say("250 Up.")
				return true
			}
			return false
		}},
		"paths list nothing": {Features: modern, On: func(s *oddSession, v, a string) bool {
			if (v == "LIST" || v == "MLSD") && strings.Contains(a, "/") {
				s.Send("", "226 Done.")
				return true
			}
			return false
		}},
		"MLSD reports no facts": {Features: modern, On: func(s *oddSession, v, a string) bool {
			if v == "MLSD" {
				s.Send(" "+s.Resolve(a)+"\r\n", "226 Done.")
			}
			return v == "MLSD"
		}},
		"an empty directory is a 226 alone": {
			Tree: map[string][]string{"/": {"a.txt", "empty/"}, "/empty": {}},
			On: func(s *oddSession, v, a string) bool {
				if v == "LIST" && s.Resolve(a[strings.LastIndexByte(a, ' ')+1:]) == "/empty" {
					s.Say("226 No files found.")
					return true
				}
				return false
			},
		},
		"426 behind a whole listing": {Reply: twice("^226 Done", "226 Done."), On: func(s *oddSession, v, a string) bool {
			if v == "LIST" && !strings.HasPrefix(a, "-") {
				s.Send(s.Lines(v, s.Resolve(a)), "426 Connection closed; transfer aborted.")
				s.Say("226 Abort successful.")
				return true
			}
			return false
		}},
		"data connections stay open": {On: func(s *oddSession, v, a string) bool {
			if v == "LIST" && !strings.HasPrefix(a, "-") {
				s.Keep(s.Lines(v, s.Resolve(a)))
				return true
			}
			return false
		}},
		"ends at LIST of a path": {On: func(s *oddSession, v, a string) bool {
			if v == "LIST" && strings.HasPrefix(a, "/") && a != "/" {
				s.Close()
				return true
			}
			return false
		}},
		"LIST is not known": {On: func(s *oddSession, v, a string) bool {
			dir := s.Resolve(a)
			switch {
			case v == "LIST":
				s.Say("502 LIST is not implemented.")
			case v == "SIZE" && s.Tree[dir] == nil:
				s.Say("213 100")
			case v == "NLST" && s.Tree[dir] != nil:
				s.Send(strings.ReplaceAll(strings.Join(s.Tree[dir], "\r\n"), "/", "")+"\r\n", "226 Done.")
			default:
				return false
			}
			return true
		}},
		"no blank before names": {Features: modern, On: func(s *oddSession, v, a string) bool {
			if v == "MLSD" {
				s.Send(strings.ReplaceAll(s.Lines(v, s.Resolve(a)), "; ", ";"), "226 Done.")
			}
			return v == "MLSD"
		}},
		"a session takes one transfer": {Reply: func(s *oddSession, r string) []string {
			if strings.HasPrefix(r, "226") {
				time.AfterFunc(20*time.Millisecond, s.Close)
			}
			return []string{r}
		}},
		"no password is asked": {On: func(s *oddSession, v, _ string) bool {
			switch v {
			case "USER":
				s.Say("230 No password needed.")
			case "PASS":
				s.Say("503 You are in.")
			default:
				return false
			}
			return true
		}},
		"PWD without quotes": {Reply: func(_ *oddSession, r string) []string {
			if strings.HasPrefix(r, "257") {
				return []string{strings.ReplaceAll(r, `"`, "")}
			}
			return []string{r}
		}},
		"only paths that end in a slash": {On: func(s *oddSession, v, a string) bool {
			if v == "LIST" && strings.Contains(a, "/") && !strings.HasSuffix(a, "/") {
				s.Say("550 Not a directory.")
				return true
			}
			return false
		}},
		"LIST of a path is its entry": {On: func(s *oddSession, v, a string) bool {
			if v == "LIST" && strings.HasPrefix(a, "/") && a != "/" {
				s.Send(s.LineOf(v, path.Base(a), true), "226 Done.")
				return true
			}
			return false
		}},
		"silent at LIST of a path":   {On: func(_ *oddSession, v, a string) bool { return v == "LIST" && strings.HasPrefix(a, "/") && a != "/" }},
		"silent at TYPE":             {On: silentAt("TYPE")},
		"Telnet before the greeting": {Greeting: "\xff\xfb\x01220 Ready."},
		"VMS":                        foreignHost("DISK$USER:[ANON]", "DISK$USER:[ANON.pub]", "DISK$USER:[ANON.pub.deep]"),
		"MVS":                        foreignHost("'ANON.'", "'ANON.pub'", "'ANON.pub.deep'"),
		"Windows":                    foreignHost(`C:\FTP\`, `C:\FTP\pub`, `C:\FTP\pub\deep`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			got := crawlOdd(t, odd)
			if took := time.Since(began); took > 15*time.Second {
				began = time.Now()
				crawlOdd(t, new(ftptest.Odd))
				if plain := time.Since(began); took > 15*time.Second+20*plain { // a busy machine is slow with a plain server, too
					t.Errorf("it took %v, a plain server %v", took, plain)
				}
			}
			want := map[string]bool{}
			for dir, names := range odd.Tree {
				for _, name := range names {
					want[path.Join(dir, name)] = strings.HasSuffix(name, "/")
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("found %v, want %v\n%s", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)), strings.Join(odd.Commands(), "\n"))
			}
		})
	}
}

// blanks is a tree of directories that are listed from within, since their names have blanks, and of
// others that are listed by their paths meanwhile: the working directory is none above them.
func blanks() map[string][]string {
	tree := map[string][]string{}
	for i := range 20 {
		for _, name := range []string{fmt.Sprintf("side %d", i), fmt.Sprintf("plain%d", i)} {
			tree["/"] = append(tree["/"], name+"/")
			tree["/"+name] = []string{name + ".txt"}
		}
	}
	return tree
}

// foreignHost is a host on which paths with slashes mean nothing: home, home/pub and home/pub/deep are
// called otherwise.
func foreignHost(names ...string) *ftptest.Odd {
	paths := []string{"/", "/pub", "/pub/deep"}
	tree := ftptest.DefaultTree()
	tree["/"] = []string{"readme.txt", "pub/"}
	delete(tree, "/My Music")
	return &ftptest.Odd{Tree: tree, On: func(s *ftptest.OddSession, verb, argument string) bool {
		switch at := slices.Index(names, argument); {
		case verb == "PWD":
			s.Say(fmt.Sprintf("257 \"%s\" is the current directory.", names[slices.Index(paths, s.Cwd)]))
		case verb == "CWD" && at >= 0:
			s.Cwd = paths[at]
			s.Say("250 There you are.")
		case verb == "CWD" || verb == "LIST" && strings.Contains(argument, "/"):
			s.Say("501 Syntax error in " + argument)
		default:
			return false
		}
		return true
	}}
}

// crawlOdd crawls an odd server and returns what is found: whether each is a directory, by path.
func crawlOdd(t *testing.T, odd *ftptest.Odd) map[string]bool {
	t.Helper()
	id := index.HostID("ftp://" + odd.Start(t) + "/")
	catalogue := indextest.NewBrute()
	if err := catalogue.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	c := crawler.New(crawler.Config{Catalogue: catalogue, Sources: []crawler.Source{&ftp.Source{Limits: ftp.Limits{Silence: 1500 * time.Millisecond}}}})
	summary, err := c.Crawl(t.Context(), id, crawler.Options{})
	if err != nil {
		t.Errorf("crawl: %v\n%s", err, strings.Join(odd.Commands(), "\n"))
	}
	if !summary.Complete {
		t.Errorf("it is not complete: %+v", summary)
	}
	found := map[string]bool{}
	var list func(dir index.Path)
	list = func(dir index.Path) {
		l, err := catalogue.List(t.Context(), id, dir, "", 0)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		for _, e := range l.Entries {
			found[string(dir.Join(e.Wire()))] = e.Kind == index.Dir
			if e.Kind == index.Dir {
				list(dir.Join(e.Wire()))
			}
		}
	}
	list("/")
	return found
}

// TestOutOfStep lists a server that adds, drops, delays and doubles replies at random. Whatever is
// listed as complete is what the directory holds, and never what another one does.
// TRAWL_STEP_RUNS is how often.
func TestOutOfStep(t *testing.T) {
	t.Parallel()
	runs, _ := strconv.Atoi(os.Getenv("TRAWL_STEP_RUNS"))
	if runs == 0 {
		runs = 200
	}
	var mu sync.Mutex
	outcomes := map[string]int{}
	slots := make(chan struct{}, 16)
	var all sync.WaitGroup
	for seed := range runs {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			for outcome, n := range stepOnce(t, uint64(seed)) {
				mu.Lock()
				outcomes[outcome] += n
				mu.Unlock()
			}
		})
	}
	all.Wait()
	t.Logf("%d runs: %v", runs, outcomes)
	if outcomes["listed"] < runs {
		t.Errorf("hardly anything was listed: %v", outcomes)
	}
}

// stepOnce lists each directory by each way, once, and returns how often what came of it.
func stepOnce(t *testing.T, seed uint64) (outcomes map[string]int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 14))
	var mu sync.Mutex
	often := []int{10, 30, 100}[r.IntN(3)]
	odd := &ftptest.Odd{Reply: func(_ *oddSession, reply string) []string {
		mu.Lock()
		defer mu.Unlock()
		if r.IntN(often) > 0 {
			return []string{reply}
		}
		switch r.IntN(4) {
		case 0:
			return nil
		case 1:
			time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
			return []string{reply}
		case 2:
			return []string{reply, reply}
		}
		more := []string{"200 Good.", "226 Done.", "250 There.", "230 Come in.", "150 It comes.", "220 Ready.", "213 20240101000000", "have a nice day"}
		return []string{reply, more[r.IntN(len(more))]}
	}}
	if r.IntN(2) > 0 {
		odd.Features = []string{"EPSV", "MLST type*;size*;modify*;", "MLSD"}
	}
	if r.IntN(2) > 0 {
		odd.On = func(s *oddSession, verb, argument string) bool {
			if dir := s.Resolve(argument); verb == "STAT" && s.Tree[dir] != nil {
				s.Say("213-Status:\n" + strings.TrimSuffix(strings.ReplaceAll(s.Lines("LIST", dir), "\r\n", "\n"), "\n") + "\n213 End.")
				return true
			}
			return false
		}
	}
	outcomes = map[string]int{}
	host := index.Host{ID: index.HostID("ftp://" + odd.Start(t) + "/")}
	srv, err := (&ftp.Source{Limits: ftp.Limits{Silence: 60 * time.Millisecond}}).Connect(t.Context(), host, nil)
	if err != nil {
		outcomes["not connected"]++
		return outcomes
	}
	defer func() { _ = srv.Close() }()
	_, ways := srv.Ways()
	for _, way := range ways {
		for dir, names := range odd.Tree {
			want := make([]string, len(names))
			for i, name := range names {
				want[i] = strings.TrimSuffix(name, "/")
			}
			var got []string
			complete := true
			err := way.List(t.Context(), index.Path(dir), func(l index.Listing) error {
				complete = complete && l.State == index.Complete
				for _, e := range l.Entries {
					got = append(got, e.Name)
				}
				return nil
			})
			switch {
			case err != nil || !complete:
				outcomes["failed"]++
			case !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))):
				t.Errorf("seed %d: %s of %s lists %q, want %q\n%s", seed, way.Name(), dir, got, want, strings.Join(odd.Commands(), "\n"))
			default:
				outcomes["listed"]++
			}
		}
	}
	return outcomes
}
