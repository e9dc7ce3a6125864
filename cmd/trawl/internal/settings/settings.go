// Package settings reads hosting.toml, which says what trawl serve hosts, for whom, and within which limits.
//
// The files: settings.go has the tables, and reads them. sftp.go, http.go, gopher.go and catalogue.go have the settings of
// their names. values.go has the kinds of values. check.go looks at what the values mean. where.go finds the line of a
// setting. list.go says what listings show. users.go makes accounts of the users. passwords.go changes passwords in the file.
package settings

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/search/query"
)

// File is a hosting.toml.
type File struct {
	FTP    FTP    `toml:"ftp"`
	SFTP   SFTP   `toml:"sftp"`
	HTTP   HTTP   `toml:"http"`
	Gopher Gopher `toml:"gopher"`
	List   List   `toml:"list"`
	Limits Limits `toml:"limits"`
	Guard  Guard  `toml:"guard"`
	Users  []User `toml:"user"`
	Hook   Hook   `toml:"hook"`
	Log    Log    `toml:"log"`

	path  string // of the file; "" if there is none
	where where
}

// FTP says how files are served over FTP.
type FTP struct {
	Listen      string            `toml:"listen"`      // address; "" is not served
	Implicit    string            `toml:"implicit"`    // address of implicit FTPS; "" is none
	Root        string            `toml:"root"`        // folder of all who have none of their own
	Name        string            `toml:"name"`        // by which others reach this machine
	Greeting    string            `toml:"greeting"`    // first line that each client gets
	Anonymous   *bool             `toml:"anonymous"`   // guests may log in; nil is yes
	Passive     Ports             `toml:"passive"`     // of data connections
	Public      string            `toml:"public"`      // address or name that PASV announces
	PublicFor   map[string]string `toml:"public_for"`  // the same for clients of a network
	Proxy       []Network         `toml:"proxy"`       // from where the PROXY protocol is believed
	Names       []string          `toml:"names"`       // of this host, that the command HOST accepts besides its address
	TLS         string            `toml:"tls"`         // "off", "offered", "users" or "required"
	Resume      *bool             `toml:"resume"`      // data connections must resume the TLS session; nil is yes
	Certificate string            `toml:"certificate"` // file
	Key         string            `toml:"key"`         // file
	ACME        ACME              `toml:"acme"`        // instead of files
	Catalogue   string            `toml:"catalogue"`   // where all that is crawled is shown: "/" or a folder; "" is nowhere
	List        *bool             `toml:"ls_lr"`       // ls-lR.gz is shown in the root of guests; nil is yes
	Deny        []string          `toml:"deny"`        // commands that nobody may use
	Keep        Duration          `toml:"keep"`        // uploads that broke off, for so long; 0 is a week, as is none
}

// SFTP says how the same files are served over SFTP and SCP.
type SFTP struct {
	Listen    string `toml:"listen"`    // address; "" is not served
	Anonymous bool   `toml:"anonymous"` // guests may log in, by any password or none
	Old       any    `toml:"old"`       // true, or a list of algorithms that are off by default
}

// ACME says how a certificate is asked for.
type ACME struct {
	Domains   []string `toml:"domains"`
	Email     string   `toml:"email"`
	Directory string   `toml:"directory"` // URL of the authority; "" is Let's Encrypt
}

// Limits are the bounds of all.
type Limits struct {
	Sessions           Count    `toml:"sessions"`
	SessionsPerAddress Count    `toml:"sessions_per_address"`
	SessionsPerUser    Count    `toml:"sessions_per_user"`
	Rate               Rate     `toml:"rate"`
	RateUp             Rate     `toml:"rate_up"`
	AddressRate        Rate     `toml:"address_rate"`
	AddressRateUp      Rate     `toml:"address_rate_up"`
	UserRate           Rate     `toml:"user_rate"`
	UserRateUp         Rate     `toml:"user_rate_up"`
	SessionRate        Rate     `toml:"session_rate"`
	SessionRateUp      Rate     `toml:"session_rate_up"`
	Idle               Duration `toml:"idle"`
	Stall              Duration `toml:"stall"`
	Login              Duration `toml:"login"`
	Tries              Count    `toml:"tries"`
	Line               Size     `toml:"line"`
	Depth              Count    `toml:"depth"`
}

// Guard says what failed logins lead to.
type Guard struct {
	Failures Count     `toml:"failures"`
	Within   Duration  `toml:"within"`
	Delay    Duration  `toml:"delay"`
	MaxDelay Duration  `toml:"max_delay"`
	Ban      Duration  `toml:"ban"`
	MaxBan   Duration  `toml:"max_ban"`
	Own      []Network `toml:"own"`
}

// User is one who may log in. The user "anonymous" stands for all guests.
type User struct {
	Name     string            `toml:"name"`
	Password Password          `toml:"password"`
	Keys     []string          `toml:"keys"`            // public keys, each as in authorized_keys
	KeyFile  string            `toml:"authorized_keys"` // a file of more
	Root     string            `toml:"root"`            // "" is that of [ftp]
	Home     string            `toml:"home"`            // where sessions start; "" is /
	Rights   map[string]Rights `toml:"rights"`          // by folder; none is list and read of all
	Quota    Quota             `toml:"quota"`
	Limits   UserLimits        `toml:"limits"`
	Secure   bool              `toml:"secure"` // over TLS alone

	Overwrite *bool    `toml:"overwrite"` // files that are there may be replaced; nil is yes
	Hide      []string `toml:"hide"`      // patterns of names that folders do not show, besides those of all
	Deny      []string `toml:"deny"`      // commands of FTP that the user may not use, besides those of all
}

// Quota bounds what lies in a user's root.
type Quota struct {
	Bytes Size  `toml:"bytes"`
	Files Count `toml:"files"`
}

// UserLimits are the bounds of one user.
type UserLimits struct {
	Sessions      Count    `toml:"sessions"`
	Rate          Rate     `toml:"rate"`
	RateUp        Rate     `toml:"rate_up"`
	SessionRate   Rate     `toml:"session_rate"`
	SessionRateUp Rate     `toml:"session_rate_up"`
	Idle          Duration `toml:"idle"`
}

// Hook says what is done with each upload that is whole.
type Hook struct {
	URL     string   `toml:"url"`     // of a webhook
	Command []string `toml:"command"` // program and arguments; no shell
	Timeout Duration `toml:"timeout"` // of one try
	Retries Count    `toml:"retries"`
	Queue   Count    `toml:"queue"` // uploads that wait at most
}

// Log says what is written besides the log on standard error.
type Log struct {
	Xferlog string `toml:"xferlog"` // file
}

// Read reads a file. An error is one line: file, line, what is wrong and how to mend it.
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return parse(path, data)
}

// parse reads the text of a file.
func parse(path string, data []byte) (*File, error) {
	f := &File{path: path}
	err := toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields().Decode(f)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		if _, line, err := locate(data); err != nil { // it knows the tables that stand in one line
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		line, _ := unknown.Errors[0].Position()
		return nil, fmt.Errorf("%s:%d: %s", path, line, cmp.Or(unknownKey(unknown.Errors[0].Key()), "there is no such setting"))
	case errors.As(err, &wrong):
		line, _ := wrong.Position()
		return nil, fmt.Errorf("%s:%d: %s", path, line, plain(wrong))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	line := 0
	if f.where, line, err = locate(data); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, line, err)
	}
	if err := f.problems(reflect.ValueOf(f).Elem(), ""); err != nil {
		return nil, err
	}
	return f, cmp.Or(f.check(), f.checkTexts(reflect.ValueOf(f).Elem(), ""))
}

// plain rewords an error of TOML without the names of Go's types, and without the text, which may be a secret.
func plain(err *toml.DecodeError) string {
	text := strings.TrimPrefix(err.Error(), "toml: ")
	what, _, found := strings.Cut(strings.TrimPrefix(text, "cannot decode TOML "), " into ")
	if found && len(err.Key()) > 0 {
		return fmt.Sprintf("%s takes no %s; doc/hosting.md shows what it takes", err.Key()[len(err.Key())-1], what)
	}
	return text
}

// unknownKey words the error of a key that is not known; "" if it is.
func unknownKey(key []string) string {
	t := reflect.TypeFor[File]()
	for i, part := range key {
		names := keys(t)
		if len(names) == 0 { // of the file's own choice, as folders are
			return ""
		}
		next, known := names[part]
		if known {
			t = next
			continue
		}
		in := "at the top"
		if i > 0 {
			in = "in [" + strings.Join(key[:i], ".") + "]"
		}
		return fmt.Sprintf("there is no setting %q %s%s", part, in, mend(part, names))
	}
	return ""
}

// mend names the nearest of some names, or all.
func mend[T any](name string, names map[string]T) string {
	best, least := "", 3
	var all []string
	for known := range names {
		all = append(all, known)
		if d := query.Distance(name, known); d < least || d == least && known < best {
			best, least = known, d
		}
	}
	if best != "" {
		return "; did you mean " + best + "?"
	}
	return "; there are " + strings.Join(sorted(all), ", ")
}

// keys returns the settings of a table with the types of their values.
func keys(t reflect.Type) map[string]reflect.Type {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	names := map[string]reflect.Type{}
	if t.Kind() != reflect.Struct {
		return names
	}
	for field := range t.Fields() {
		if name := field.Tag.Get("toml"); name != "" {
			names[name] = field.Type
		}
	}
	return names
}

// problems returns the first value that is wrong, with its line. The value can be addressed.
func (f *File) problems(v reflect.Value, path string) error {
	if p, ok := reflect.TypeAssert[interface{ problem() error }](v.Addr()); ok {
		if err := p.problem(); err != nil {
			return f.wrong(path, err)
		}
		return nil
	}
	for _, p := range parts(v) {
		if err := f.problems(p.value, path+p.name); err != nil {
			return err
		}
	}
	return nil
}

// part is a value in a table or an array, with what a path has for it: ".name", "[1]".
type part struct {
	name  string
	value reflect.Value
}

// parts returns the values of a table or an array.
func parts(v reflect.Value) (all []part) {
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			if name := field.Tag.Get("toml"); name != "" {
				all = append(all, part{"." + name, value})
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, part{fmt.Sprintf("[%d]", i), v.Index(i)})
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			p := reflect.New(value.Type()).Elem()
			p.Set(value)
			all = append(all, part{"." + key.String(), p})
		}
	default:
	}
	return all
}

// wrong returns an error about a setting, with the line where it stands.
func (f *File) wrong(path string, err error) error {
	return fmt.Errorf("%s:%d: %w", f.path, f.where.line(strings.TrimPrefix(path, ".")), err)
}

// Path returns the path of the file; "" if there is none.
func (f *File) Path() string { return f.path }

// Resolve returns a path of the file: it is taken from the folder of the file on.
func (f *File) Resolve(path string) string {
	if path == "" || filepath.IsAbs(path) || f.path == "" {
		return path
	}
	return filepath.Join(filepath.Dir(f.path), path)
}

// TLS returns the policy of TLS: "off", "offered", "users" or "required". The default is "off" where there is
// neither a user nor a certificate, since clients distrust one that is signed by itself; else it is "users".
func (f *File) TLS() string {
	t := &f.FTP
	named := slices.ContainsFunc(f.Users, func(u User) bool { return !u.guest() })
	switch {
	case t.TLS != "":
		return t.TLS
	case named || t.Certificate != "" || len(t.ACME.Domains) > 0 || t.Implicit != "", f.HTTP.TLSListen != "":
		return "users"
	}
	return "off"
}

// Public returns what PASV announces to clients of networks.
func (f *File) Public() ftpd.Public {
	p := ftpd.Public{Host: f.FTP.Public, For: map[netip.Prefix]string{}}
	for network, host := range f.FTP.PublicFor {
		if n, err := ParseNetwork(network); err == nil { // check has refused all others
			p.For[n] = host
		}
	}
	return p
}

// Networks returns the networks of a list.
func Networks(list []Network) (all []netip.Prefix) {
	for _, n := range list {
		all = append(all, n.V)
	}
	return all
}

// Config returns the limits and the guard as package guard takes them.
func (f *File) Config() guard.Config {
	l, g := f.Limits, f.Guard
	c := guard.Config{
		Sessions: l.Sessions.V, Rate: l.Rate.V, RateUp: l.RateUp.V,
		AddrSessions: l.SessionsPerAddress.V, AddrRate: l.AddressRate.V, AddrRateUp: l.AddressRateUp.V,
		User: guard.Limits{
			Sessions: l.SessionsPerUser.V, Rate: l.UserRate.V, RateUp: l.UserRateUp.V,
			SessionRate: l.SessionRate.V, SessionRateUp: l.SessionRateUp.V,
			Idle: l.Idle.V, LoginTime: l.Login.V, Tries: l.Tries.V, Line: int(l.Line.V), Depth: l.Depth.V,
		},
		Delay: g.Delay.V, MaxDelay: g.MaxDelay.V, Failures: g.Failures.V, Within: g.Within.V, Ban: g.Ban.V, MaxBan: g.MaxBan.V,
	}
	c.Own = Networks(g.Own)
	return c
}
