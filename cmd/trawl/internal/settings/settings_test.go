package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/tree"
)

const hash = "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

// whole has each kind of setting.
const whole = `# an archive
[ftp]
listen = ":21"
root = "pub"
passive = "50000-50999"
tls = "users"
public_for = { "10.0.0.0/8" = "10.0.0.1" }

[limits]
sessions = 1_000
sessions_per_address = 0   # none
rate = "10MiB/s"
idle = "5m"
line = "8KiB"
depth = 100

[guard]
ban = "1d"
own = ["192.168.0.0/16", "2001:db8::1"]

[[user]]
name = "ann"
password = "` + hash + `"
root = "/srv/ann"
quota = { bytes = "10GiB", files = 1000 }
[user.rights]
"/" = "list read"
"/incoming" = "write mkdir"

[[user]]
name = "bob"
limits.rate_up = "500kB/s"
secure = true

[hook]
command = ["/bin/true", "--now"]
timeout = "10s"
`

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trawl.toml")
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := NewSchema().Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.FTP.Passive.V, [2]uint16{50000, 50999}; got != want {
		t.Errorf("passive ports %v, want %v", got, want)
	}
	got := guard.New(f.Config()).Limits(guard.Limits{})
	want := guard.Limits{Idle: 5 * time.Minute, LoginTime: time.Minute, Tries: 3, Line: 8 << 10, Depth: 100}
	if got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
	c := f.Config()
	if c.Sessions != 1000 || c.AddrSessions != -1 || c.Rate != 10<<20 || c.Ban != 24*time.Hour || fmt.Sprint(c.Own) != "[192.168.0.0/16 2001:db8::1/128]" {
		t.Errorf("the guard has %+v", c)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "incoming"), 0o755); err != nil {
		t.Fatal(err)
	}
	disk, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	var roots []string
	guest, users, err := f.Accounts(func(_, root string) (*tree.Store, error) {
		roots = append(roots, root)
		return tree.Folder(disk), nil
	})
	if err != nil || guest == nil || len(users) != 2 {
		t.Fatalf("accounts: %v, %v, %v", guest, users, err)
	}
	pub := filepath.Join(filepath.Dir(path), "pub")
	if want := []string{pub, "/srv/ann", pub}; fmt.Sprint(roots) != fmt.Sprint(want) {
		t.Errorf("roots %q, want %q", roots, want)
	}
	ann, bob := users[0].Login, users[1].Login
	if got := ann.View.Rights("/incoming"); got != tree.Write|tree.Mkdir {
		t.Errorf("rights of ann: %s", got)
	}
	if !bob.Secure || bob.Limits.RateUp != 500_000 || bob.View.Rights("/") != tree.ReadOnly || bob.Home != "/" {
		t.Errorf("bob is %+v", bob)
	}
	if guest.View.Rights("/incoming") != tree.ReadOnly {
		t.Errorf("rights of guests: %s", guest.View.Rights("/"))
	}
	if strings.Contains(fmt.Sprintf("%+v %#v", f, f.Users), hash[10:]) {
		t.Error("printing the settings prints a hash")
	}
}

// checked reads the text of a file, and checks what it means.
func checked(path string, data []byte) (*File, error) {
	f, err := NewSchema().parse(path, data)
	if err != nil {
		return nil, err
	}
	return f, f.Check()
}

func TestReadRefuses(t *testing.T) {
	tests := []struct{ text, want string }{
		{"[ftp]\n\nrot = \"/srv\"", `:3: there is no setting "rot" in [ftp]; did you mean root?`},
		{"[limit]\nidle = \"5m\"", `:1: there is no setting "limit" at the top; did you mean limits?`},
		{"[hook]\nsecret = 1", `:2: there is no setting "secret" in [hook]; there are command, queue, retries, timeout, url`},
		{"[limits]\nidle = 30", `:2: "30" is not a duration; write it as 30s, 15m, 24h or 7d`},
		{"[limits]\nidle = \"5 minutes\"", `:2: "5 minutes" is not a duration`},
		{"[limits]\nrate = \"10MiB\"", `:2: "10MiB" is not a rate; write it as 500kB/s or 2MiB/s`},
		{"[limits]\nline = \"x\"", `:2: "x" is not a size; write it as 700MB or 10MiB`},
		{"[limits]\nsessions = -1", `:2: "-1" is not a whole number; 0 is no limit`},
		{"[limits]\nsessions = \"many\"", `:2: "many" is not a whole number`},
		{"[ftp]\nroot = \"/srv\"\nListen = \":21\"", `:3: there is no setting "Listen" in [ftp]; did you mean listen?`},
		{"[ftp]\nlisten = 21", `:2: listen takes no integer; trawl help settings shows what it takes`},
		{"[ftp]\npassive = \"5000-40\"", `:2: "5000-40" is no range of ports; write it as 50000-50999`},
		{"[ftp]\ntls = \"on\"", `:2: tls = "on" is not known`},
		{"[ftp]\ntls = \"off\"\n[http]\ntls_listen = \":8443\"", `:4: HTTPS needs TLS; take tls = "off" out of [ftp]`},
		{"[ftp]\ntls = \"required\"\n[http]\nlisten = \":80\"", `:4: tls = "required" in [ftp] lets nobody in without TLS; set tls_listen in place of listen`},
		{"[http]\nlisten = \"80\"", `:2: "80" is no address to listen on`},
		{"[http]\nport = 80", `:2: there is no setting "port" in [http]; there are listen, sha256sums, tls_listen`},
		{"[ftp]\ndeny = [\"NOOP\", \"QUIT\"]", `:2: "QUIT" is no command that can be turned off; write it as "DELE" or "SITE CHMOD"`},
		{"[list]\nlinks = \"off\"", `:2: links = "off" is not known; it is target`},
		{"[list]\nstyle = \"vms\"", `:2: style = "vms" is not known; it is unix or windows`},
		{"[list]\nhide = [\"*.tmp\", \"[\"]", `:2: "[" is no pattern`},
		{"[list]\nhide = [\"/pub/*\"]", `:2: a pattern is of a name, not of a path`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nhide = [\"\"]", `:4: a pattern is of a name, not of a path`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\ndeny = [\"SITE\", \"SITE EXEC\"]", `:4: "SITE EXEC" is no command that can be turned off`},
		{"[ftp]\ncertificate = \"c.pem\"", `:1: certificate and key go together`},
		{"[ftp]\n[ftp.public_for]\n\"10.0.0.0/99\" = \"a\"", `:3: "10.0.0.0/99" is no network`},
		{"[guard]\nown = [\"10.0.0.0/8\", \"lan\"]", `:2: "lan" is no network`},
		{"\n[[user]]\nroot = \"/srv\"", `:2: this user has no name`},
		{"[ftp]\nroot = \"/srv\"\n[[user]]\nname = \"a\"\n[[user]]\nname = \"a\"", `:6: there are two users "a"`},
		{"[ftp]\nroot = \"/srv\"\n[[user]]\nname = \"FTP\"\n[[user]]\nname = \"Anonymous\"", `:6: there are two users "anonymous"`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\\u0007\"", `:3: "a\a" is no name for a user`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\npassword = \"secret\"", `:4: not the hash of a password`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nrights = { \"/\" = \"list reed\" }", `:4: read rights: there is no right "reed"`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\n\n[user.rights]\n\"pub\" = \"list\"", `:6: "pub" is no path of a folder; write it as "/incoming"`},
		{"[[user]]\nroot = \"/srv\"\nname = \"ftp\"\npassword = \"" + hash + "\"", `:4: guests have no password`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nrights = { \"/a\\u0000b\" = \"list\" }", `:4: "/a\x00b" is no path of a folder; write it as "/incoming"`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\n[user.rights]\n\"/\" = \"list\"\n\"/\\u001b[2J\" = \"list\"", `:6: "/\x1b[2J" holds a control character; take it out`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nrights = { \"/.trawl\" = \"list\" }", `:4: "/.trawl" is for uploads that are not whole (.trawl), which no user sees; name another folder`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nrights = { \"/in/.TRAWL./x\" = \"list\" }", `:4: "/in/.TRAWL./x" is for uploads`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nrights = { \"/\" = \"\" }", `:4: "" is no right; write "none" for none`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nhome = \"/.trawl\"", `:4: "/.trawl" is for uploads`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nhome = \"pub\"", `:4: "pub" is no path of a folder`},
		{"[[user]]\nroot = \"/srv\\u0000\"\nname = \"a\"", `:2: "/srv\x00" holds a control character`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nrihts = { \"/\" = \"list\" }", `:4: there is no setting "rihts" in [user]; did you mean rights?`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nlimits = { sesions = 1 }", `:4: there is no setting "sesions" in [user.limits]; did you mean sessions?`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nlimits = { sessions = -1 }", `:4: "-1" is not a whole number; 0 is no limit`},
		{"[[user]]\nroot = \"/srv\"\nname = \"a\"\nquota = { bytes = \"-1\" }", `:4: "-1" is not a size; write it as 700MB or 10MiB`},
		{"[limits]\nidle = \"-5s\"", `:2: "-5s" is not a duration`},
		{"[limits]\nrate = \"-5kB/s\"", `:2: "-5kB/s" is not a rate`},
		{"[ftp]\ngreeting = \"Hi\\r220 there\"", `:2: "Hi\r220 there" holds a control character; take it out`},
		{"[ftp]\ngreeting = \"\\u001b[2J\"", `:2: "\x1b[2J" holds a control character; take it out`},
		{"[ftp]\n\nlisten = \"21\"", `:3: "21" is no address to listen on; write it as ":21", "192.0.2.7:21" or "socket:ftp"`},
		{"[ftp]\nimplicit = \":99999\"", `:2: ":99999" is no address to listen on`},
		{"[ftp]\nimplicit = \"socket:\"", `:2: "socket:" is no address to listen on`},
		{"[ftp]\nname = \"a/b\"", `:2: "a/b" is no name or address of a machine; write it as files.example.org`},
		{"[ftp]\nnames = [\"a\", \"\"]", `:2: "" is no name or address of a machine`},
		{"[ftp]\npublic = \"a b\"", `:2: "a b" is no name or address of a machine`},
		{"[ftp]\n[ftp.public_for]\n\"10.0.0.0/8\" = \"a:21\"", `:3: "a:21" is no name or address of a machine`},
		{"[ftp.acme]\ndomains = [\"*.example.org/\"]", `:2: "*.example.org/" is no name or address of a machine`},
		{"[ftp.acme]\ndomains = [\"a.example\"]\ndirectory = \"acme\"", `:3: "acme" is no address of an authority; write it as https://`},
		{"[hook]\ntimeout = \"1s\"\ncommand = []", `:3: command names no program; write it as ["/usr/local/bin/scan", "--quiet"], or take it out`},
		{"[hook]\ncommand = [\"\", \"a\"]", `:2: command names no program`},
		{"[hook]\ncommand = [\"/bin/a\", \"\\u0007\"]", `:2: "\a" holds a control character`},
		{"[hook]\nurl = \"ftp://h/\"", `:2: "ftp://h/" is no address of a webhook; write it as https://example.org/hook`},
		{"[hook]\nurl = \"https://h/\"\ncommand = [\"/bin/a\"]", `:1: a hook is a url or a command, not both`},
		{"[ftp\n", `:1: `},
		{"[[user]]\nname = \"a\"\npassword = \"se\ncret\"", `:3: `},
	}
	for _, test := range tests {
		_, err := checked("h.toml", []byte(test.text))
		switch {
		case err == nil:
			t.Errorf("%q was accepted", test.text)
		case !strings.HasPrefix(err.Error(), "h.toml"+test.want):
			t.Errorf("%q\n got %s\nwant h.toml%s", test.text, err, test.want)
		case strings.Contains(err.Error(), "\n"), strings.Contains(err.Error(), "secret") && !strings.Contains(test.want, "secret"):
			t.Errorf("%q gives the error %q", test.text, err)
		}
	}
}

// TestGuestsHaveOneName shows that guests have the name that their sessions have, however the file spells it.
func TestGuestsHaveOneName(t *testing.T) {
	f, err := checked("h.toml", []byte("[[user]]\nname = \"FTP\"\nroot = \"/srv\""))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Users[0].Name; got != account.Anonymous {
		t.Errorf("guests are %q", got)
	}
}

// TestHashes reads the hash of a user from a file of its own.
func TestHashes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"ann": hash + "\n", "plain": "sesame\n", "empty": "", "two": hash + "\n" + hash} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "ann"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, credentials, want string }{
		{"ann", "", ""},
		{filepath.Join(dir, "ann"), "", ""},
		{"credential:ann", dir, ""},
		{"credential:ann", "", `h.toml:3: password_file: there are no credentials of systemd here; the unit needs LoadCredential=ann:FILE`},
		{"credential:../ann", dir, `h.toml:3: password_file: "../ann" is no name of a credential`},
		{"empty", "", `h.toml:3: password_file: ` + dir + `/empty is empty`},
		{"two", "", `h.toml:3: password_file: ` + dir + `/two is not one line`},
		{"plain", "", `h.toml:3: password_file: `},
		{"none", "", `h.toml:3: password_file: open ` + dir + `/none: no such file or directory`},
	} {
		at := filepath.Join(dir, "h.toml")
		f, err := checked(at, []byte("[[user]]\nname = \"ann\"\npassword_file = "+quoted(test.file)))
		if err != nil {
			t.Fatal(err)
		}
		loose, err := f.Hashes(test.credentials)
		if test.want != "" {
			if err == nil || !strings.HasPrefix(strings.TrimPrefix(err.Error(), dir+"/"), test.want) || strings.Contains(err.Error(), "sesame") {
				t.Errorf("%s: %v, want %s", test.file, err, test.want)
			}
			continue
		}
		if err != nil || f.Users[0].Password.V.Text() != hash || len(loose) != 1 {
			t.Errorf("%s: %v, loose are %q", test.file, err, loose)
		}
	}
	if _, err := checked("h.toml", []byte("[[user]]\nname = 'a'\npassword = '"+hash+"'\npassword_file = 'b'")); err == nil {
		t.Error("two hashes are taken")
	}
}

func TestAccountsWantRoot(t *testing.T) {
	f, err := checked("h.toml", []byte("\n[[user]]\nname = \"a\""))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Accounts(nil); err == nil || !strings.HasPrefix(err.Error(), `h.toml:2: user "a" has no root`) {
		t.Errorf("a user without a root: %v", err)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "1d": 24 * time.Hour, "2w": 14 * 24 * time.Hour, "1d12h": 36 * time.Hour, "0": 0,
		"": -1, "d": -1, "5": -1, "-5m": -1, "1d-5m": -1,
	} {
		got, err := ParseDuration(text)
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("ParseDuration(%q) = %s, %v", text, got, err)
		}
	}
}

func TestSetPassword(t *testing.T) {
	const entry = "password = \"" + hash + "\"\n"
	tests := []struct{ name, before, user, after string }{
		{"no file", "", "ann", "\n[[user]]\nname = \"ann\"\n" + entry},
		{"another user", whole, "eve", whole + "\n[[user]]\nname = \"eve\"\n" + entry},
		{"there is none yet", whole, "bob", strings.Replace(whole, "name = \"bob\"\n", "name = \"bob\"\n"+entry, 1)},
		{
			"comments and order stay", "[[user]] # one\nroot = '/r'\npassword = '" + hash + "' # old\n# a name\nname = \"b\\u0062\"", "bb",
			"[[user]] # one\nroot = '/r'\npassword = \"" + hash + "\" # old\n# a name\nname = \"b\\u0062\"",
		},
		{"no end of line", "[ftp]\nroot = '/r'\n[[user]]\nname = 'a'", "a", "[ftp]\nroot = '/r'\n[[user]]\nname = 'a'\n" + entry},
	}
	for _, test := range tests {
		got, added, err := NewSchema().setPassword("h.toml", []byte(test.before), test.user, hash)
		if err != nil || string(got) != test.after || added != strings.HasSuffix(test.after, "\n[[user]]\nname = \""+test.user+"\"\n"+entry) {
			t.Errorf("%s: %v, added %t\n%s\nwant\n%s", test.name, err, added, got, test.after)
		}
	}
	if _, _, err := NewSchema().setPassword("h.toml", []byte("user = [{name = 'a', root = '/r'}]"), "a", hash); err == nil {
		t.Error("users in one line were changed")
	}
}

func TestPasswordFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "real.toml"), filepath.Join(dir, "trawl.toml")
	if err := errors.Join(os.WriteFile(path, []byte(whole), 0o644), os.Symlink("real.toml", link)); err != nil {
		t.Fatal(err)
	}
	h, err := account.ParseHash(hash)
	if err != nil {
		t.Fatal(err)
	}
	if added, err := NewSchema().SetPassword(link, "eve", h); err != nil || !added {
		t.Fatalf("SetPassword: %t, %v", added, err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if info, err = os.Stat(link); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
	for _, name := range []string{"eve", "ann", "bob"} {
		if err := NewSchema().DeleteUser(link, name); err != nil {
			t.Errorf("delete %s: %v", name, err)
		}
	}
	if err := NewSchema().DeleteUser(link, "ann"); !errors.Is(err, ErrNoUser) {
		t.Errorf("deleted twice: %v", err)
	}
	data, err := os.ReadFile(path)
	want := whole[:strings.Index(whole, "[[user]]")] + whole[strings.Index(whole, "[hook]"):] + "\n"
	if err != nil || string(data) != want {
		t.Errorf("left is %v\n%s\nwant\n%s", err, data, want)
	}
	for _, name := range []string{"", "anonymous", "FTP", "a\nb"} {
		if _, err := NewSchema().SetPassword(link, name, h); err == nil {
			t.Errorf("user %q was added", name)
		}
	}
}

// TestDoc reads the examples of doc/hosting.md: the first has every setting but those of ACME.
func TestDoc(t *testing.T) {
	data, err := os.ReadFile("../../../../doc/hosting.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	for _, head := range []string{"    [ftp]\n", "    [ftp.acme]\n"} {
		_, text, found := strings.Cut(string(data), "\n"+head)
		if !found {
			t.Fatalf("there is no example that begins with %s", head)
		}
		example := head
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "    ") {
				break
			}
			example += strings.TrimPrefix(line, "    ")
		}
		examples = append(examples, strings.TrimLeft(example, " "))
	}
	f, err := checked("example", []byte(examples[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range missing(reflect.ValueOf(f).Elem(), "") {
		switch name {
		case ".ftp.acme.domains", ".ftp.acme.email", ".ftp.acme.directory", ".hook.url", ".user[1].password", ".user[0].password_file", ".limits.rate_up",
			".limits.address_rate_up", ".limits.user_rate_up", ".limits.session_rate_up":
		default:
			if !strings.HasPrefix(name, ".user[1].") {
				t.Errorf("the example has no %s", name)
			}
		}
	}
	if f, err = checked("example", []byte(examples[1])); err != nil || f.TLS() != "users" {
		t.Errorf("ACME: %v", err)
	}
	got, want := guard.New(f.Config()), guard.New(guard.Config{})
	if got.Limits(guard.Limits{}) != want.Limits(guard.Limits{}) {
		t.Error("a file without limits has others than the defaults")
	}
	f, err = checked("example", []byte(examples[0]))
	if err != nil {
		t.Fatal(err)
	}
	if got := guard.New(f.Config()).Limits(guard.Limits{}); got.Idle != 5*time.Minute || got.Line != 8<<10+64 || got.Depth != 256 || got.Tries != 3 {
		t.Errorf("the limits of the example are not the defaults: %+v", got)
	}
}

// missing returns the settings that are not set.
func missing(v reflect.Value, path string) (names []string) {
	if v.Kind() == reflect.Struct {
		if set := v.FieldByName("Set"); set.IsValid() {
			if !set.Bool() {
				names = append(names, path)
			}
			return names
		}
	}
	all := parts(v)
	if len(all) == 0 && v.IsZero() {
		return []string{path}
	}
	for _, p := range all {
		names = append(names, missing(p.value, path+p.name)...)
	}
	return names
}

// FuzzPassword shows that no file makes reading or changing it panic, and that a change spoils nothing else.
func FuzzPassword(f *testing.F) {
	for _, seed := range []string{whole, "", "[[user]]\nname = 'a'", "user = [{name='a'}]", "[[user]]\nname = \"a\"\r\n[user.rights]\r\n\"/\" = 'all'"} {
		f.Add(seed, "ann")
	}
	f.Add("[[host]]\nurl = 'ftp://h'\nways = ['A', 1]\n[search]\nlimit = 5\n[[user]]\nname = 'a'", "b")
	f.Add("host = [{url = 'ftp://h'}, {url = 1}, 3]\nsearch = {limit = {x = 1}}", "b")
	schema := NewSchema("search.limit", "host.url", "host.ways")
	f.Fuzz(func(t *testing.T, text, name string) {
		before, err := schema.parse("h.toml", []byte(text))
		if err == nil {
			for _, table := range before.Tables("host") {
				if table.Line < 1 {
					t.Errorf("%q has a host at line %d", text, table.Line)
				}
			}
			err = before.Check()
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives an error of several lines: %q", text, err)
		}
		if err != nil || CheckName(name) != nil || name == "" || account.IsAnonymous(name) {
			return
		}
		changed, added, err := schema.setPassword("h.toml", []byte(text), name, hash)
		if err != nil {
			return
		}
		after, err := schema.parse("h.toml", changed)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, changed, err)
		}
		if want := len(before.Users); len(after.Users) != want && !added || added && len(after.Users) != want+1 {
			t.Errorf("%q became %q", text, changed)
		}
		for i := range after.Users {
			if u := &after.Users[i]; u.Name == name && u.Password.V.Text() != hash {
				t.Errorf("%q became %q", text, changed)
			}
		}
	})
}
