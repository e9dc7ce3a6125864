package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"trawl/cmd/trawl/internal/settings"
	"trawl/index"
)

// fileHost is a host as a file of settings has it.
type fileHost struct {
	url      string
	settings index.Settings
	at       string // "trawl.toml:12"
}

// hostKeys returns the keys of a table [[host]]: the flags of trawl add, and what names the host and its login.
func hostKeys() []string {
	keys := []string{"host.url", "host.login", "host.password", "host.password_file"}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	settingsFlags(flags, new(index.Settings))
	flags.VisitAll(func(f *pflag.Flag) { keys = append(keys, "host."+strings.ReplaceAll(f.Name, "-", "_")) })
	return keys
}

// fileHosts returns the hosts of a file of settings, and of the folder that it or a flag names. Errors are all that is wrong.
func (a *app) fileHosts(f *settings.File, folder string) (all []fileHost, err error) {
	all, wrong := a.hostTables(f)
	if folder != "" {
		more, errs := a.folderHosts(folder)
		all, wrong = append(all, more...), append(wrong, errs...)
	}
	seen := map[index.HostID]string{}
	for _, h := range all {
		if h.url == "" { // its table says so
			continue
		}
		id, _, _, err := schemes().Parse(h.url)
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("%s: %w", h.at, err))
		case seen[id] != "":
			wrong = append(wrong, fmt.Errorf("%s: the host %s stands at %s, too; leave one of both out", h.at, id, seen[id]))
		}
		seen[id] = h.at
	}
	if len(wrong) > 0 {
		return nil, settings.Faults(wrong)
	}
	return all, nil
}

// folderHosts returns the hosts of a folder: *.toml has tables [[host]], *.txt a URL in each line. Other files are left alone.
func (a *app) folderHosts(folder string) (all []fileHost, wrong []error) {
	entries, err := os.ReadDir(folder) // in the order of their names
	if err != nil {
		return nil, []error{fmt.Errorf("read the folder of hosts: %w", err)}
	}
	schema := settings.OnlyKeys(hostKeys()...)
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch {
		case e.IsDir() || strings.HasPrefix(e.Name(), "."):
		case filepath.Ext(path) == ".toml":
			f, err := schema.Read(path)
			if several, ok := errors.AsType[settings.Faults](err); ok {
				wrong = append(wrong, several...)
				continue
			}
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			hosts, errs := a.hostTables(f)
			all, wrong = append(all, hosts...), append(wrong, errs...)
		case filepath.Ext(path) == ".txt":
			lines, err := settings.Lines(path)
			if err != nil {
				wrong = append(wrong, err)
			}
			for _, line := range lines {
				all = append(all, fileHost{url: line.Text, at: fmt.Sprintf("%s:%d", path, line.Line)})
			}
		}
	}
	return all, wrong
}

// hostTables returns the hosts of the tables [[host]] of a file.
func (a *app) hostTables(f *settings.File) (all []fileHost, wrong []error) {
	for _, table := range f.Tables("host") {
		h, errs := a.hostTable(f, table)
		all, wrong = append(all, h), append(wrong, errs...)
	}
	return all, wrong
}

// hostTable returns the host of a table.
func (a *app) hostTable(f *settings.File, table settings.Table) (h fileHost, wrong []error) {
	h.at = fmt.Sprintf("%s:%d", f.Path(), table.Line)
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	settingsFlags(flags, &h.settings)
	values := map[string]settings.Value{}
	for _, v := range table.Values {
		name := v.Key[strings.LastIndex(v.Key, ".")+1:]
		values[name] = v
		at := fmt.Sprintf("%s:%d: %s", f.Path(), v.Line, name)
		flag := flags.Lookup(strings.ReplaceAll(name, "_", "-"))
		if flag == nil {
			continue
		}
		s := setting{flag: flag}
		if s.isPath() {
			v.Text = f.Resolve(v.Text)
		}
		if err := s.giveTo(flags, v, at); err != nil {
			wrong = append(wrong, err)
		}
	}
	h.url = values["url"].Text
	if err := a.hostLogin(f, &h.settings, values); err != nil {
		wrong = append(wrong, fmt.Errorf("%s: %w", h.at, err))
	}
	if err := checkSettings(&h.settings); err != nil && len(wrong) == 0 {
		text := strings.ReplaceAll(strings.ReplaceAll(err.Error(), "add: ", ""), "--", "")
		wrong = append(wrong, fmt.Errorf("%s: %s", h.at, text))
	}
	return h, wrong
}

// hostLogin reads the login of a table.
func (a *app) hostLogin(f *settings.File, s *index.Settings, values map[string]settings.Value) error {
	_, inline := values["password"]
	file, filed := values["password_file"]
	switch {
	case values["url"].Text == "":
		return errors.New(`this host has no url; write it as url = "ftp://ftp.example.org/"`)
	case inline && filed:
		return errors.New("a password is a password or a password_file, not both")
	case (inline || filed) && values["login"].Text == "":
		return errors.New("a password needs a login")
	}
	s.User, s.Password = values["login"].Text, values["password"].Text
	if !filed {
		return nil
	}
	secret, err := a.secret(f, file.Text)
	if err != nil {
		return fmt.Errorf("password_file: %w", err)
	}
	s.Password = secret
	return nil
}

// secret returns the secret in a file, which counts from the folder of the file of settings, or is a credential of systemd. It warns if
// others may read it.
func (a *app) secret(f *settings.File, name string) (string, error) {
	secret, loose, err := f.Secret(name, a.env("CREDENTIALS_DIRECTORY"))
	if err == nil && loose != "" {
		a.warnOfLoose(loose)
	}
	return secret, err
}

// warnOfLoose warns, once, that everybody may read a file of a secret.
func (a *app) warnOfLoose(path string) {
	if _, was := a.warned.LoadOrStore(path, true); !was {
		a.complain(fmt.Errorf("warning: everybody may read the secret in %s; chmod o-r mends it", path))
	}
}
