package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"path"
	"slices"
	"strings"

	"trawl/cmd/trawl/internal/settings"
	"trawl/crawler/fetch"
	"trawl/ftpd"
	"trawl/ftpd/tree"
	"trawl/index"
	"trawl/search"
	"trawl/web/catalogue"
	"trawl/web/gateway"
)

// getting gets files from their hosts for all visitors of the portal and of the mounted catalogue. The limits hold for both
// together. The zero value gets none.
type getting struct {
	fetcher  *fetch.Fetcher // nil: --gateway=off
	visitors *gateway.Visitors
}

// newGetting returns what gets files as the flags say. The caller closes it.
func (a *app) newGetting(e fetch.Catalogue, opts *serveOptions, log *slog.Logger) getting {
	if opts.gateway.on != "on" {
		return getting{}
	}
	return getting{newFetcher(a, e, opts.contact, opts.gateway.hosts, log), gateway.NewVisitors(opts.gateway.limits)}
}

// close ends all transfers.
func (g getting) close() {
	if g.fetcher != nil {
		g.fetcher.Close() //nolint:errcheck // all transfers have ended
	}
}

// errNoDoor says that nobody could walk the catalogue.
var errNoDoor = errors.New("--catalogue needs an address to be shown on: --ftp, --sftp, --files-http or --gopher")

// newCatalogue returns the catalogue as a tree; nil if the settings do not show it.
func newCatalogue(f *settings.File, e catalogue.Catalogue, opts *serveOptions, log *slog.Logger) *catalogue.FS {
	if f.FTP.Catalogue == "" {
		return nil
	}
	options := catalogue.Options{
		Searched:  opts.watching.searched(),
		Catalogue: e, Schemes: schemes(), Limits: catalogue.Limits{SearchBudget: opts.budget}, Log: log, Robots: robots(f.FTP.Catalogue),
	}
	if g := opts.getting; g.fetcher != nil {
		options.Files = gateway.New(gateway.Options{
			Catalogue: e, Fetcher: g.fetcher, Schemes: schemes(), Limits: opts.gateway.limits, Visitors: g.visitors, Log: log,
		})
	}
	return catalogue.New(options)
}

// mounted returns where the folders of the catalogue are shown in a root, by their names.
//
//	"/" => hosts, new, search; "/trawl" => trawl
func mounted(at string, c *catalogue.FS) map[string]tree.Mounted {
	if at != "/" {
		return map[string]tree.Mounted{path.Base(at): c}
	}
	all := map[string]tree.Mounted{}
	for _, name := range catalogue.Names() {
		all[name] = c.Folder(name)
	}
	return all
}

// robots returns the robots.txt that keeps other crawlers out of the catalogue: they would crawl all hosts again.
func robots(at string) string {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	if at != "/" {
		fmt.Fprintf(&b, "Disallow: %s/\n", at)
		return b.String()
	}
	for _, name := range catalogue.Names() {
		fmt.Fprintf(&b, "Disallow: /%s/\n", name)
	}
	return b.String()
}

// showCatalogue returns what shows the catalogue in each store; nil if there is none.
func showCatalogue(f *settings.File, c *catalogue.FS) func(folder string, s *tree.Store) error {
	if c == nil {
		return nil
	}
	return func(folder string, s *tree.Store) error {
		for name, m := range mounted(f.FTP.Catalogue, c) {
			err := s.Mount(name, m)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s holds %q already, where the catalogue would be shown: rename that, or set catalogue in [ftp] to a folder such as \"/trawl\"", folder, name)
			}
			if err != nil {
				return fmt.Errorf("show the catalogue in %s: %w", folder, err)
			}
		}
		if err := s.Mount(catalogue.RobotsName, c.Folder(catalogue.RobotsName)); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("show the catalogue in %s: %w", folder, err)
		}
		return nil
	}
}

// find answers searches on the control connection and in menus; nil if there is no catalogue.
func (h *hosting) find(by search.Surface) ftpd.Find {
	if h.catalogue == nil {
		return nil
	}
	at := h.settings.FTP.Catalogue
	return func(ctx context.Context, visitor netip.Addr, text string, limit int) (ftpd.Answer, error) {
		found, err := h.catalogue.Find(ctx, by, visitor, text, limit)
		answer := ftpd.Answer{More: found.More, Said: found.Says}
		for _, f := range found.Found {
			is := ftpd.Found{URL: f.URL, Path: strings.TrimSuffix(at, "/") + "/" + f.Path, Name: f.Name, Dir: f.Dir, Size: f.Size, Time: f.Time, More: f.Others}
			if f.Size == index.UnknownSize {
				is.Size = tree.UnknownSize
			}
			answer.Found = append(answer.Found, is)
		}
		return answer, err
	}
}

// catalogue says where the catalogue is shown.
func (k *hostingCheck) catalogue(files bool) {
	if k.f.FTP.Catalogue == "" {
		return
	}
	var all []string
	for name := range mounted(k.f.FTP.Catalogue, nil) {
		all = append(all, path.Join("/", name))
	}
	slices.Sort(all)
	given := "their files are got through the gateway"
	if !files {
		given = "their files are not given (--gateway=off)"
	}
	k.says("catalogue", "all that is crawled is shown as %s to all who may list and read there; %s", strings.Join(all, ", "), given)
}
