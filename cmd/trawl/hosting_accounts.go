package main

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"trawl/cmd/trawl/internal/settings"
	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// accounts are those who may log in, with the folders that they see.
type accounts struct {
	book *account.Book
	show func(folder string, s *tree.Store) error // shows the catalogue in a store; nil: it is not shown

	mu      sync.Mutex             // guards what follows
	roots   map[string]*os.Root    // by folder; they stay open until close
	stores  map[string]*tree.Store // as roots
	folders map[string]string      // by user
	guest   *account.Login         // nil: there are none
}

// newAccounts opens the folders of all users. It calls show, unless that is nil, for the store of each folder before there are visitors.
func newAccounts(f *settings.File, show func(folder string, s *tree.Store) error) (*accounts, error) {
	book, err := account.New(nil, nil)
	if err != nil {
		return nil, err
	}
	a := &accounts{book: book, show: show, roots: map[string]*os.Root{}, stores: map[string]*tree.Store{}}
	if err := a.set(f); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// set replaces all users. If it fails, they stay as they are.
func (a *accounts) set(f *settings.File) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	folders := map[string]string{}
	guest, users, err := f.Accounts(func(user, folder string) (*tree.Store, error) {
		folders[user] = folder
		return a.store(folder)
	})
	if err == nil {
		err = a.book.Set(guest, users)
	}
	if err != nil {
		return err
	}
	a.folders, a.guest = folders, guest
	return nil
}

// store returns the store of a folder. There is one for each folder. a.mu is held.
func (a *accounts) store(folder string) (*tree.Store, error) {
	if s := a.stores[folder]; s != nil {
		return s, nil
	}
	s, err := a.open(folder)
	if err != nil {
		return nil, fmt.Errorf("host folder: %w", err)
	}
	if a.show != nil {
		if err := a.show(folder, s); err != nil {
			return nil, err
		}
	}
	a.stores[folder] = s
	return s, nil
}

// open opens a folder; "" has nothing. a.mu is held.
func (a *accounts) open(folder string) (*tree.Store, error) {
	if folder == "" {
		return tree.FS(embed.FS{}), nil
	}
	if a.roots[folder] == nil {
		root, err := os.OpenRoot(folder)
		if err != nil {
			return nil, err
		}
		a.roots[folder] = root
	}
	return tree.Folder(a.roots[folder]), nil
}

// onDisk returns where a path of a user lies on the disk.
func (a *accounts) onDisk(user, path string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	folder, ok := a.folders[user]
	if !ok {
		return ""
	}
	return filepath.Join(folder, path)
}

// guests returns what is hosted for guests and where that lies on the disk; nil if that is nothing.
func (a *accounts) guests() (view *tree.View, folder string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.guest == nil || a.folders[account.Anonymous] == "" {
		return nil, ""
	}
	return a.guest.View, a.folders[account.Anonymous]
}

// publish shows the list of what guests see in their root alone. It returns what they see, or nil.
func (a *accounts) publish(list *ftpd.Published) *tree.View {
	view, folder := a.guests()
	a.mu.Lock()
	defer a.mu.Unlock()
	for at, store := range a.stores {
		if at == folder && view != nil {
			store.Publish(ftpd.PublishedName, list)
		} else {
			store.Publish(ftpd.PublishedName, nil)
		}
	}
	return view
}

// keepAside is how long uploads that broke off are kept, unless the settings say otherwise.
const keepAside = 7 * 24 * time.Hour

// sweep removes uploads that broke off longer ago than keep, and counts anew what quotas bound, now and once an hour, until ctx is
// done.
func (a *accounts) sweep(ctx context.Context, keep time.Duration, log *slog.Logger) {
	if keep <= 0 {
		keep = keepAside
	}
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		for folder, s := range a.all() {
			removed, err := s.Sweep(ctx, keep)
			if err != nil && ctx.Err() == nil {
				log.Warn("remove uploads that broke off", "folder", folder, "err", err)
			}
			if removed > 0 {
				log.Info("removed uploads that broke off", "folder", folder, "files", removed)
			}
			recount(ctx, s, folder, log)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// recount counts a folder anew that has quotas, as others may have changed it.
func recount(ctx context.Context, s *tree.Store, folder string, log *slog.Logger) {
	if s.Used() == (tree.Quota{}) {
		return // nobody has asked for it yet
	}
	if err := s.Count(ctx); err != nil && ctx.Err() == nil {
		log.Warn("count what lies in a folder", "folder", folder, "err", err)
	}
}

// all returns all stores by folder.
func (a *accounts) all() map[string]*tree.Store {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.stores)
}

func (a *accounts) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, root := range a.roots {
		root.Close()
	}
}
