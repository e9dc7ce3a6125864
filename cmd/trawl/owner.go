package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"trawl/crawler"
	"trawl/index"
	"trawl/search/query"
	"trawl/web/api"
	"trawl/web/token"
)

// owner does what the owner asks for over the API: what the commands add, remove and crawl do.
type owner struct {
	hosts   index.Hosts
	crawler *crawler.Crawler
	log     *slog.Logger
	app     *app
	wanted  chan index.HostID // to be crawled now

	mu sync.Mutex // is held while hosts are added, so that of two that overlap one is refused
}

var _ api.Owner = (*owner)(nil)

const (
	crawlsAsked   = 4  // crawls under way that were asked for
	crawlsWaiting = 64 // that wait for these
)

func newOwner(hosts index.Hosts, c *crawler.Crawler, a *app, log *slog.Logger) *owner {
	return &owner{hosts: hosts, crawler: c, log: log, app: a, wanted: make(chan index.HostID, crawlsWaiting)}
}

// Add keeps api.Owner.
func (o *owner) Add(ctx context.Context, url string, set api.Settings) (index.Host, bool, error) {
	change, err := o.changing(set)
	if err != nil {
		return index.Host{}, false, err
	}
	if _, _, _, err := schemes().Parse(url); err != nil {
		return index.Host{}, false, &api.SettingError{Name: "url", Why: err.Error()}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	known, err := readHosts(ctx, o.hosts)
	if err != nil {
		return index.Host{}, false, err
	}
	id, was, err := known.remember(ctx, url, o.app.now(), change)
	if errors.Is(err, errOverlap) {
		return index.Host{}, false, overlapping{err}
	}
	if err != nil {
		return index.Host{}, false, err
	}
	host, err := o.hosts.Host(ctx, id)
	return host, was, err
}

// overlapping is an error of remember as the API knows it.
type overlapping struct{ error }

// Is reports that it is api.ErrOverlap.
func (overlapping) Is(target error) bool { return target == api.ErrOverlap }

// Change keeps api.Owner.
func (o *owner) Change(ctx context.Context, id index.HostID, set api.Settings) (index.Host, error) {
	change, err := o.changing(set)
	if err != nil {
		return index.Host{}, err
	}
	o.mu.Lock() // a host that is removed meanwhile does not come back
	defer o.mu.Unlock()
	known, err := readHosts(ctx, o.hosts)
	if err != nil {
		return index.Host{}, err
	}
	if !slices.Contains(known.ids(), id) {
		return index.Host{}, index.ErrNoHost
	}
	if _, _, err := known.remember(ctx, string(id), o.app.now(), change); err != nil {
		return index.Host{}, err
	}
	return o.hosts.Host(ctx, id)
}

// Remove keeps api.Owner.
func (o *owner) Remove(ctx context.Context, id index.HostID) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, err := forgetHost(ctx, o.hosts, string(id))
	return err
}

// Crawl keeps api.Owner. The crawl runs in serve.
func (o *owner) Crawl(_ context.Context, id index.HostID) error {
	if _, under := o.crawler.Progress(id); under {
		return nil
	}
	select {
	case o.wanted <- id:
		return nil
	default:
		return index.ErrCrowded
	}
}

// serve crawls the hosts that are asked for until ctx is done.
func (o *owner) serve(ctx context.Context) error {
	var crawls sync.WaitGroup
	defer crawls.Wait()
	for range crawlsAsked {
		crawls.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case id := <-o.wanted:
					o.crawl(ctx, id)
				}
			}
		})
	}
	<-ctx.Done()
	return nil
}

// crawl crawls a host, unless that is under way.
func (o *owner) crawl(ctx context.Context, id index.HostID) {
	sum, err := o.crawler.Crawl(ctx, id, crawler.Options{})
	switch {
	case err == nil:
		o.log.Info("crawled", "host", id, "complete", sum.Complete, "way", sum.Way, "directories", sum.Directories,
			"files", sum.Files, "bytes", sum.Bytes, "errors", sum.Errors, "seconds", sum.Took.Seconds())
	case errors.Is(err, index.ErrBusy), ctx.Err() != nil:
	default:
		o.log.Warn("crawl failed", "host", id, "err", index.Visible(advise(id, err).Error()))
	}
}

// changing returns a change that sets settings by the flags of the command add, which their names are.
func (o *owner) changing(set api.Settings) (func(*index.Host), error) {
	var want index.Settings
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	settingsFlags(flags, &want)
	user, password, login := set["user"], set["password"], false
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if name == "user" || name == "password" {
			login = true
			continue
		}
		if err := setFlag(flags, name, set[name]); err != nil {
			return nil, err
		}
	}
	if err := checkSettings(&want); err != nil {
		return nil, settingFault(err)
	}
	if login && password != nil && (user == nil || *user == "") {
		return nil, &api.SettingError{Name: "user", Why: "a password belongs to a user"}
	}
	merge := o.app.merging(flags)
	return func(h *index.Host) {
		merge(h)
		if login {
			h.Settings.User, h.Settings.Password = text(user), text(password)
		}
	}, nil
}

// text returns a setting, "" for the default.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// setFlag sets a flag of add by the name that it has in JSON. The file of a key is set on the machine itself: over the API, anybody who has
// a token could try which files there are.
func setFlag(flags *pflag.FlagSet, name string, value *string) error {
	f := flags.Lookup(name)
	if f == nil || name == "key" {
		return &api.SettingError{Name: name, Why: "there is no setting " + name, Hint: nearestSetting(flags, name)}
	}
	to := f.DefValue
	if _, list := f.Value.(pflag.SliceValue); list {
		to = ""
	}
	if value != nil {
		to = *value
	}
	if err := flags.Set(name, to); err != nil {
		if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			err = invalid.Unwrap()
		}
		switch f.Value.Type() {
		case "int":
			err = errors.New("it is not a whole number")
		case "bool":
			err = errors.New("it is neither true nor false")
		}
		return &api.SettingError{Name: name, Why: fmt.Sprintf("%s cannot be %q: %v", name, to, err)}
	}
	return nil
}

// nearestSetting returns the mend for the name of a setting that there is none of.
func nearestSetting(flags *pflag.FlagSet, name string) string {
	names := []string{"user", "password"}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "key" {
			names = append(names, f.Name)
		}
	})
	if name == "key" {
		return "trawl add URL --key FILE sets it on the machine of Trawl"
	}
	if near := query.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "the settings are " + strings.Join(names, ", ")
}

// settingFault returns an error of checkSettings as one about a setting.
func settingFault(err error) error {
	why := strings.TrimPrefix(err.Error(), "add: ")
	wrong := (*settingError)(nil)
	if !errors.As(err, &wrong) {
		return &api.SettingError{Why: why}
	}
	return &api.SettingError{Name: wrong.setting, Why: strings.TrimPrefix(strings.TrimPrefix(wrong.Error(), "add: "), "--")}
}

// tokensFolder is the folder of tokens in the data directory.
const tokensFolder = "tokens"

// tokens returns the tokens of the data directory.
func (a *app) tokens() (*token.Book, error) {
	dir, err := a.dir()
	if err != nil {
		return nil, err
	}
	return token.At(filepath.Join(dir, tokensFolder)), nil
}

// openAPI lets the owner change hosts over the API until ctx is done.
func (a *app) openAPI(ctx context.Context, services *errgroup.Group, o *owner, opts *serveOptions) (err error) {
	opts.owner = o
	services.Go(func() error { return o.serve(ctx) })
	opts.tokens, err = a.tokens()
	return err
}
