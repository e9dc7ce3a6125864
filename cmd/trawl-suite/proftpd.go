package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// These are the words of proftpd about itself: its suite leaves out tests of features that are not there.
const (
	features = "    + IPv6 support\n    + Sendfile support\n    + Largefile support\n"
	modules  = "Compiled-in modules:\n  mod_core.c\n  mod_xfer.c\n  mod_auth_file.c\n  mod_auth.c\n  mod_ls.c\n  mod_log.c\n  mod_site.c\n  mod_delay.c\n  mod_facts.c\n  mod_lang.c\n"
)

// asProftpd does what proftpd does with the same arguments: it reads a configuration, goes to the background,
// writes its PID file, and serves as the user of the one account that the configuration names.
func asProftpd(ctx context.Context, args []string) error {
	if slices.Contains(args, "-V") {
		fmt.Print(features)
		return nil
	}
	i := slices.Index(args, "-c")
	if slices.Contains(args, "-l") || i < 0 {
		fmt.Print(modules)
		return nil
	}
	if i+1 >= len(args) {
		return errUsage
	}
	if os.Getenv(background) == "" {
		return detach()
	}
	c, err := readConfiguration(args[i+1])
	if err != nil {
		return err
	}
	s, who, err := c.settings()
	if err != nil {
		return err
	}
	c.umask()
	defer func() { _ = os.Remove(c.top["PidFile"]) }()
	return s.serve(ctx, func(net.Addr) { serving(errors.Join(c.write(), who.become(s.root))) })
}

// write writes the files that proftpd writes: the suite reads the first, and finds all in listings.
func (c *configuration) write() error {
	pid := strconv.Itoa(os.Getpid()) + "\n"
	err := os.WriteFile(c.top["PidFile"], []byte(pid), 0o644) //nolint:gosec // the suite reads it
	board := c.top["ScoreboardFile"]
	return errors.Join(err, os.WriteFile(board, nil, 0o600), os.WriteFile(board+".lck", nil, 0o600))
}

// umask sets the mask of new files, of which proftpd has one for files and one for folders.
func (c *configuration) umask() {
	masks := strings.Fields(c.top["Umask"])
	if len(masks) == 0 {
		return
	}
	if mask, err := strconv.ParseUint(masks[len(masks)-1], 8, 12); err == nil {
		syscall.Umask(int(mask))
	}
}

// become lets the process go on as a user, who gets a place for what is not whole below root.
func (o owner) become(root string) error {
	aside := filepath.Join(root, ".trawl")
	if err := os.Mkdir(aside, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return errors.Join(os.Chown(aside, o.uid, o.gid), syscall.Setgroups([]int{o.gid}), syscall.Setgid(o.gid), syscall.Setuid(o.uid))
}

// configuration has the directives at the top of a configuration, and those of a virtual host that the top does not have.
// writes says of folders whether anybody writes in them, deny which commands are turned off, hide which names are not shown.
type configuration struct {
	top        map[string]string
	writes     map[string]bool
	deny, hide []string
}

// readConfiguration reads a configuration. Of its sections it knows <VirtualHost>, and <Limit WRITE> with DenyAll or
// AllowAll in a <Directory>, <Limit COMMAND> with DenyAll, and HideFiles with an ending.
func readConfiguration(file string) (*configuration, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c, host := &configuration{top: map[string]string{}, writes: map[string]bool{}}, map[string]string{}
	var sections []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(strings.Trim(line, "<>"), " ")
		value = strings.TrimSpace(value)
		in := strings.Join(sections, " in ")
		switch {
		case strings.HasPrefix(line, "</"):
			sections = sections[:len(sections)-1]
		case strings.HasPrefix(line, "<"):
			sections = append([]string{name + " " + value}, sections...)
		case line == "" || line[0] == '#':
		case in == "":
			c.top[name] = value
		case strings.HasPrefix(in, "VirtualHost "):
			host[name] = value
		case strings.HasPrefix(in, "Limit WRITE in Directory ") && (name == "DenyAll" || name == "AllowAll"):
			c.writes[strings.TrimPrefix(in, "Limit WRITE in Directory ")] = name == "AllowAll"
		case in == "Directory /" && name == "HideFiles":
			if ending, is := strings.CutPrefix(strings.TrimSuffix(value, "$"), `\.`); is {
				c.hide = append(c.hide, "*."+ending)
			}
		case name == "DenyAll" && len(sections) == 1 && strings.HasPrefix(in, "Limit "):
			c.deny = append(c.deny, strings.Fields(in)[1:]...)
		}
	}
	for name, value := range host {
		if c.top[name] == "" {
			c.top[name] = value
		}
	}
	return c, nil
}

// owner is the system's user of an account.
type owner struct{ uid, gid int }

// account returns the fields of the first account: name, hash, numbers of user and group, comment, home, shell.
func (c *configuration) account() (fields []string, who owner, err error) {
	if c.top["AuthUserFile"] == "" {
		return []string{"", "", "", "", "", "/", ""}, owner{500, 500}, nil
	}
	passwd, err := os.ReadFile(c.top["AuthUserFile"])
	if err != nil {
		return nil, owner{}, err
	}
	first, _, _ := strings.Cut(string(passwd), "\n")
	fields = strings.Split(first, ":")
	if len(fields) != 7 {
		return nil, owner{}, fmt.Errorf("%s is no passwd", c.top["AuthUserFile"])
	}
	if who.uid, err = strconv.Atoi(fields[2]); err != nil {
		return nil, owner{}, err
	}
	who.gid, err = strconv.Atoi(fields[3])
	return fields, who, err
}

// settings returns what a configuration says, and the user who serves.
func (c *configuration) settings() (*settings, owner, error) {
	fields, who, err := c.account()
	if err != nil {
		return nil, owner{}, err
	}
	hash := fields[1]
	s := &settings{
		listen: net.JoinHostPort(c.top["DefaultAddress"], c.top["Port"]), root: "/", home: fields[5], user: fields[0],
		sessions: -1, addr: -1, tries: 3, idle: seconds(c.top["TimeoutIdle"], 10*time.Minute), stall: time.Minute,
		check: func(password string) bool { return crypt(password, hash) == hash },
	}
	if c.top["DefaultRoot"] == "~" {
		s.root, s.home = s.home, "/"
	}
	if c.top["UseIPv6"] == "on" { // proftpd listens on all addresses, unless SocketBindTight is on
		s.listen = net.JoinHostPort("", c.top["Port"])
	}
	s.rules = tree.Rules{"/": tree.All}
	for folder, writes := range c.writes {
		folder = strings.Replace(folder, "~", s.home, 1)
		s.rules[folder] = tree.ReadOnly
		if writes {
			s.rules[folder] = tree.All
		}
	}
	if n, err := strconv.Atoi(c.top["CommandBufferSize"]); err == nil {
		s.line = n
	}
	c.lists(s)
	return s, who, nil
}

// lists sets what listings show, and what is not replaced.
func (c *configuration) lists(s *settings) {
	s.keep, s.hide, s.deny = c.top["AllowOverwrite"] == "off", c.hide, slices.DeleteFunc(c.deny, func(d string) bool { return !ftpd.Deniable(d) })
	s.plain = strings.HasSuffix(c.top["ListOptions"], " strict")
	if strings.EqualFold(c.top["ListStyle"], "Windows") {
		s.style = ftpd.WindowsStyle
	}
	switch {
	case c.top["ShowSymlinks"] == "off":
		s.links = ftpd.FollowLinks
	case c.top["FactsOptions"] != "UseSlink":
		s.links = ftpd.ShowLinks
	}
}

func seconds(text string, otherwise time.Duration) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil {
		return otherwise
	}
	return time.Duration(n) * time.Second
}

// crypt returns what crypt(3) makes of a password: the suite writes hashes of a kind that Trawl does not know.
func crypt(password, salt string) string {
	out, _ := exec.Command("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, salt).Output() //nolint:noctx,gosec // it ends at once
	return string(out)
}
