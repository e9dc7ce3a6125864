package settings

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"trawl/ftpd"
)

// List says what listings show, to all users.
type List struct {
	Links   string   `toml:"links" about:"links: target, link (MLSD names no target) or followed (what they lead to)" kind:"mode" default:"target"`
	Style   string   `toml:"style" about:"lines of LIST: unix, or windows (as IIS sends them)" kind:"mode" default:"unix"`
	Options *bool    `toml:"options" about:"clients may give LIST and NLST options such as -R" default:"true"`
	Hide    []string `toml:"hide" about:"patterns of names that are not shown, and are not found" kind:"patterns"`
}

// Apply sets how a server lists, and what nobody may ask of it.
func (f *File) Apply(srv *ftpd.Server) {
	switch f.List.Links {
	case "link":
		srv.Links = ftpd.ShowLinks
	case "followed":
		srv.Links = ftpd.FollowLinks
	}
	if f.List.Style == "windows" {
		srv.Style = ftpd.WindowsStyle
	}
	srv.Plain = f.List.Options != nil && !*f.List.Options
	srv.Deny = upper(f.FTP.Deny)
}

// upper returns the names of commands as they are compared.
func upper(names []string) (all []string) {
	for _, name := range names {
		all = append(all, strings.ToUpper(name))
	}
	return all
}

// checkLists checks what listings show, and which commands are turned off.
func (f *File) checkLists() error {
	switch f.List.Links {
	case "", "target", "link", "followed":
	default:
		return f.wrong("list.links", fmt.Errorf("links = %q is not known; it is target (links, with where they lead), link (MLSD names no target) or followed (what they lead to)", f.List.Links))
	}
	switch f.List.Style {
	case "", "unix", "windows":
	default:
		return f.wrong("list.style", fmt.Errorf("style = %q is not known; it is unix or windows", f.List.Style))
	}
	if err := f.checkOwnLists("list", f.List.Hide, nil); err != nil {
		return err
	}
	if err := f.checkOwnLists("ftp", nil, f.FTP.Deny); err != nil {
		return err
	}
	for i := range f.Users {
		u := &f.Users[i]
		if err := f.checkOwnLists(fmt.Sprintf("user[%d]", i), u.Hide, u.Deny); err != nil {
			return err
		}
	}
	return nil
}

// checkOwnLists checks the patterns and commands of a table.
func (f *File) checkOwnLists(at string, hide, deny []string) error {
	for i, pattern := range hide {
		if err := checkPattern(pattern); err != nil {
			return f.wrong(fmt.Sprintf("%s.hide[%d]", at, i), err)
		}
	}
	for i, name := range deny {
		if !ftpd.Deniable(strings.ToUpper(name)) {
			return f.wrong(fmt.Sprintf("%s.deny[%d]", at, i), fmt.Errorf("%q is no command that can be turned off; write it as \"DELE\" or \"SITE CHMOD\"", name))
		}
	}
	return nil
}

// checkPattern refuses what matches no name.
func checkPattern(pattern string) error {
	if _, err := path.Match(pattern, "x"); err != nil {
		return fmt.Errorf("%q is no pattern; a [ needs its ], and a backslash takes a sign as it is", pattern)
	}
	if pattern == "" || strings.Contains(pattern, "/") {
		return errors.New("a pattern is of a name, not of a path; write it as \"*.tmp\", or give the folder no rights")
	}
	return nil
}
