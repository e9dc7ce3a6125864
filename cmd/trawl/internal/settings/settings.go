// Package settings reads trawl.toml, which says what trawl serve hosts, for whom, and within which limits, and what the flags
// of all commands are where nobody gives them.
//
// The files: settings.go has the tables of what is hosted; sftp.go, http.go, gopher.go and catalogue.go have the settings of
// their names. schema.go knows all keys, read.go reads a file, override.go sets what flags and the environment give. values.go
// has the kinds of values, flags.go the flags of them. check.go looks at what the values mean. where.go finds the line of a
// setting. list.go says what listings show. users.go makes accounts of the users. passwords.go changes passwords in the file.
package settings

import (
	"net/netip"
	"path/filepath"
	"slices"

	"trawl/ftpd"
	"trawl/ftpd/guard"
)

// File is a trawl.toml: what is hosted, and the values of flags.
//
// The tags of a field: toml is its key, about its meaning, kind a word for what it takes, default what holds without it.
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

	path   string // of the file; "" if there is none
	values []Value
	where  where
	given  map[string]string // where values come from that flags or the environment give: "ftp.tls" => "--ftp-tls"
}

// FTP says how files are served over FTP.
type FTP struct {
	Listen      string            `toml:"listen" about:"address to host files on over FTP" kind:"address"`
	Implicit    string            `toml:"implicit" about:"address of FTPS from the first byte on" kind:"address"`
	Root        string            `toml:"root" about:"folder to host, of all users who have none of their own" kind:"folder"`
	Name        string            `toml:"name" about:"name by which others reach this machine; else the address of --ftp" kind:"name"`
	Greeting    string            `toml:"greeting" about:"first line that each client gets" kind:"text"`
	Anonymous   *bool             `toml:"anonymous" about:"guests may log in" default:"true"`
	Passive     Ports             `toml:"passive" about:"ports of data connections; else the system chooses" kind:"ports"`
	Public      string            `toml:"public" about:"address or name that PASV announces" kind:"name"`
	PublicFor   map[string]string `toml:"public_for" about:"the same for the clients of a network"`
	Proxy       []Network         `toml:"proxy" about:"networks from where the PROXY protocol is believed" kind:"networks"`
	Names       []string          `toml:"names" about:"names of this host that the command HOST accepts" kind:"names"`
	TLS         string            `toml:"tls" about:"off, offered, users (all but guests need it) or required; else users where there are users or a certificate" kind:"mode"`
	Resume      *bool             `toml:"resume" about:"data connections must resume the TLS session of their control connection" default:"true"`
	Certificate string            `toml:"certificate" about:"certificate of this machine; else one is signed by itself" kind:"file"`
	Key         string            `toml:"key" about:"key of the certificate" kind:"file"`
	ACME        ACME              `toml:"acme"`
	Catalogue   string            `toml:"catalogue" about:"show all that is crawled as folders in the root (/), or in a folder there" kind:"place"`
	List        *bool             `toml:"ls_lr" about:"ls-lR.gz, a list of all files, is shown in the root of guests" default:"true"`
	Deny        []string          `toml:"deny" about:"commands that nobody may use" kind:"commands"`
	Keep        Duration          `toml:"keep" about:"how long uploads that broke off are kept" kind:"duration" default:"7d"`
}

// SFTP says how the same files are served over SFTP and SCP.
type SFTP struct {
	Listen    string `toml:"listen" about:"address to host the same files on over SFTP and SCP" kind:"address"`
	Anonymous bool   `toml:"anonymous" about:"guests may log in, by any password or none"`
	Old       any    `toml:"old" about:"algorithms that are off by default, for old clients; true is all of them" kind:"names"`
}

// ACME says how a certificate is asked for.
type ACME struct {
	Domains   []string `toml:"domains" about:"names that the certificate is for" kind:"names"`
	Email     string   `toml:"email" about:"mail address that the authority gets" kind:"address"`
	Directory string   `toml:"directory" about:"URL of the authority; else Let's Encrypt" kind:"URL"`
}

// Limits are the bounds of all.
type Limits struct {
	Sessions           Count    `toml:"sessions" about:"most sessions at once; 0 is no limit, here and below" kind:"number" default:"2000"`
	SessionsPerAddress Count    `toml:"sessions_per_address" about:"the same of one address; an IPv6 address counts by its /64" kind:"number" default:"50"`
	SessionsPerUser    Count    `toml:"sessions_per_user" about:"the same of one user; all guests together are one" kind:"number" default:"0"`
	Rate               Rate     `toml:"rate" about:"most bytes a second that are sent in all" kind:"rate" default:"0"`
	RateUp             Rate     `toml:"rate_up" about:"most bytes a second that are received in all" kind:"rate" default:"0"`
	AddressRate        Rate     `toml:"address_rate" about:"rate of one address" kind:"rate" default:"0"`
	AddressRateUp      Rate     `toml:"address_rate_up" about:"rate_up of one address" kind:"rate" default:"0"`
	UserRate           Rate     `toml:"user_rate" about:"rate of one user" kind:"rate" default:"0"`
	UserRateUp         Rate     `toml:"user_rate_up" about:"rate_up of one user" kind:"rate" default:"0"`
	SessionRate        Rate     `toml:"session_rate" about:"rate of one session" kind:"rate" default:"0"`
	SessionRateUp      Rate     `toml:"session_rate_up" about:"rate_up of one session" kind:"rate" default:"0"`
	Idle               Duration `toml:"idle" about:"how long a session may be without a command" kind:"duration" default:"5m"`
	Stall              Duration `toml:"stall" about:"how long a transfer may be without progress" kind:"duration" default:"1m"`
	Login              Duration `toml:"login" about:"how long a login may take" kind:"duration" default:"1m"`
	Tries              Count    `toml:"tries" about:"failed logins that end a session" kind:"number" default:"3"`
	Line               Size     `toml:"line" about:"longest command line" kind:"size" default:"8256"`
	Depth              Count    `toml:"depth" about:"most directories in a path" kind:"number" default:"256"`
}

// Guard says what failed logins lead to.
type Guard struct {
	Failures Count     `toml:"failures" about:"failed logins that ban an address" kind:"number" default:"10"`
	Within   Duration  `toml:"within" about:"time in which they count" kind:"duration" default:"10m"`
	Delay    Duration  `toml:"delay" about:"delay of the answer to a failed login; it doubles with each" kind:"duration" default:"1s"`
	MaxDelay Duration  `toml:"max_delay" about:"longest delay" kind:"duration" default:"10s"`
	Ban      Duration  `toml:"ban" about:"how long a ban lasts; it doubles with each" kind:"duration" default:"10m"`
	MaxBan   Duration  `toml:"max_ban" about:"longest ban" kind:"duration" default:"1d"`
	Own      []Network `toml:"own" about:"networks that are never banned" kind:"networks"`
}

// User is one who may log in. The user "anonymous" stands for all guests.
type User struct {
	Name         string            `toml:"name"`
	Password     Password          `toml:"password"`
	PasswordFile string            `toml:"password_file"`   // a file of the hash, or "credential:NAME" of systemd
	Keys         []string          `toml:"keys"`            // public keys, each as in authorized_keys
	KeyFile      string            `toml:"authorized_keys"` // a file of more
	Root         string            `toml:"root"`            // "" is that of [ftp]
	Home         string            `toml:"home"`            // where sessions start; "" is /
	Rights       map[string]Rights `toml:"rights"`          // by folder; none is list and read of all
	Quota        Quota             `toml:"quota"`
	Limits       UserLimits        `toml:"limits"`
	Secure       bool              `toml:"secure"` // over TLS alone

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
	URL     string   `toml:"url" about:"webhook that gets each upload that is whole" kind:"URL"`
	Command []string `toml:"command" about:"program that is run for each upload that is whole, and its arguments; no shell" kind:"words"`
	Timeout Duration `toml:"timeout" about:"how long one try of the hook may take" kind:"duration" default:"30s"`
	Retries Count    `toml:"retries" about:"tries of a webhook after the first" kind:"number" default:"3"`
	Queue   Count    `toml:"queue" about:"most uploads that wait for the hook" kind:"number" default:"1000"`
}

// Log says what is written besides the log on standard error.
type Log struct {
	Xferlog string `toml:"xferlog" about:"log of transfers in the form of wu-ftpd" kind:"file"`
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
