package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/search"
)

// errDirectory says that what was named is a directory.
var errDirectory = errors.New("it is a directory, and get fetches files")

// locate returns the file of a URL with its places. That of the URL is the first; the catalogue
// has the others. A file that it does not hold has that place alone, on a guest if need be.
func (g *getter) locate(ctx context.Context, e engine, text string) (asked, error) {
	where, err := readFileURL(text)
	if err != nil {
		return asked{}, err
	}
	if where.path == "/" || where.dir {
		return asked{}, fmt.Errorf("%s: %w; trawl ls lists it", where.id.Join(where.path), errDirectory)
	}
	host, err := g.host(ctx, where)
	if err != nil {
		return asked{}, err
	}
	place := index.Place{Host: host.ID, Doors: host.Doors, Path: where.path, Shown: string(where.path), Down: !host.Health.DownSince.IsZero()}
	file := fetch.File{Name: where.path.Base(), Size: index.UnknownSize, Places: []index.Place{place}}
	found, err := g.cat.Entry(ctx, host.ID, where.path)
	switch {
	case errors.Is(err, index.ErrNotFound), errors.Is(err, index.ErrNoHost):
		return asked{file, true}, nil
	case err != nil:
		return asked{}, err
	case found.Entry.Kind == index.Dir:
		return asked{}, fmt.Errorf("%s: %w; trawl ls lists it", host.ID.Join(where.path), errDirectory)
	}
	place = found.Place(&host, where.path)
	file.Name, file.Places[0] = found.Entry.Name, place
	if found.Entry.Kind == index.File {
		file.Size = found.Entry.Size
		others, err := search.OtherPlaces(ctx, e, file.Name, file.Size, place)
		if err != nil && !errors.Is(err, index.ErrCrowded) {
			return asked{}, fmt.Errorf("look for other places of %s: %w", host.ID.Join(where.path), err)
		}
		file.Places = append(file.Places, others...)
	}
	return asked{file, true}, nil
}

// fileURL is a URL of a file.
type fileURL struct {
	id             index.HostID // of the host, with the root "/"
	path           index.Path
	dir            bool // the URL is written as that of a directory
	user, password string
}

// readFileURL reads the URL of a file as people and `trawl search` write it. A query or a
// fragment of other schemes is a part of the name here; so is a percent sign that escapes nothing.
//
//	ftp://h/pub/C%23/a #1.txt => ftp://h/, /pub/C#/a #1.txt
//	gopher://h/0/about.txt    => gopher://h/, /about.txt
func readFileURL(text string) (fileURL, error) {
	of, rest, _ := strings.Cut(text, "://")
	host, escaped, _ := strings.Cut(rest, "/")
	id, user, password, err := schemes().Parse(of + "://" + host + "/")
	if err != nil {
		return fileURL{}, err
	}
	escaped = "/" + escaped
	scheme := schemes().Lookup(id.Scheme())
	if end := strings.LastIndex(escaped, ";type="); end >= 0 && len(escaped)-end == len(";type=i") && scheme.Typed {
		escaped = escaped[:end]
	}
	if scheme.Selectors && len(escaped) > 1 { // the type of the item comes first
		if item := escaped[1:]; len(item) == 1 || item[1] == '/' {
			escaped = strings.TrimPrefix(item[1:], "/")
			escaped = "/" + escaped
		}
	}
	raw, err := url.PathUnescape(index.EscapeLoose(escaped))
	if err != nil {
		return fileURL{}, err
	}
	if err := carried(scheme, raw); err != nil {
		return fileURL{}, fmt.Errorf("%s: %w", id.Join(index.Path(raw)), err)
	}
	return fileURL{
		id: id, path: index.Path(path.Clean(raw)), dir: strings.HasSuffix(raw, "/"), user: user, password: password,
	}, nil
}

// carried returns an error for a path that the protocol of a scheme cannot send.
func carried(scheme index.Scheme, raw string) error {
	switch {
	case strings.Contains(raw, "\x00"):
		return errors.New("its name holds a NUL (%00), which no file has; mend the URL")
	case !scheme.Breaks && strings.ContainsAny(raw, "\r\n"):
		return fmt.Errorf("its name holds a line break (%%0D or %%0A), which %s cannot send; if the host speaks SFTP, fetch it by its sftp:// URL", scheme.Name)
	}
	return nil
}

// host returns the host of a URL: that of the catalogue which holds the path, or has the same
// name; else it is a guest. Another login makes it one, too, and so does a door: the file is fetched by that one alone, as
// who asks for TLS does not want to do without.
func (g *getter) host(ctx context.Context, where fileURL) (index.Host, error) {
	known, err := g.cat.Hosts(ctx)
	if err != nil {
		return index.Host{}, fmt.Errorf("list hosts: %w", err)
	}
	host, held := index.Locate(known, where.id.Scheme(), where.id.Name(), where.path)
	for i := 0; i < len(known) && !held; i++ { // the settings of the server count all the same
		if id := known[i].ID; id.Scheme() == where.id.Scheme() && id.Name() == where.id.Name() {
			host, held = known[i], true
		}
	}
	fresh := !held
	if fresh {
		host.ID = where.id
	}
	if len(host.Doors) > 1 {
		named := func(door index.HostID) bool {
			return door.Scheme() == where.id.Scheme() && door.Name() == where.id.Name()
		}
		host.Doors, fresh = slices.DeleteFunc(slices.Clone(host.Doors), func(door index.HostID) bool { return !named(door) }), true
	}
	if where.user != "" && (where.user != host.Settings.User || where.password != host.Settings.Password) {
		host.Settings.User, host.Settings.Password, fresh = where.user, where.password, true
	}
	if fresh {
		g.cat.invite(host)
	}
	return host, nil
}
