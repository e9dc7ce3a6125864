package embedded

import (
	"context"

	"trawl/index"
)

var (
	_ index.Catalogue = (*Engine)(nil)
	_ index.Keeper    = (*Engine)(nil)
	_ index.Copier    = (*Engine)(nil)
)

// Host keeps index.Hosts.
func (e *Engine) Host(ctx context.Context, id index.HostID) (index.Host, error) {
	return e.store.Host(ctx, id)
}

// Hosts keeps index.Hosts.
func (e *Engine) Hosts(ctx context.Context) ([]index.Host, error) { return e.store.Hosts(ctx) }

// Update keeps index.Hosts.
func (e *Engine) Update(ctx context.Context, id index.HostID, change func(*index.Host) error) error {
	return e.store.Update(ctx, id, change)
}

// Remove keeps index.Hosts.
func (e *Engine) Remove(ctx context.Context, id index.HostID) error { return e.store.Remove(ctx, id) }

// Begin keeps index.Recorder.
func (e *Engine) Begin(ctx context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	return e.store.Begin(ctx, id, fresh)
}

// List keeps index.Browser.
func (e *Engine) List(ctx context.Context, id index.HostID, dir index.Path, after string, limit int) (index.Listing, error) {
	return e.store.List(ctx, id, dir, after, limit)
}

// Page keeps index.Browser.
func (e *Engine) Page(ctx context.Context, id index.HostID, dir index.Path, v index.View) (index.Page, error) {
	return e.store.Page(ctx, id, dir, v)
}

// Entry keeps index.Browser.
func (e *Engine) Entry(ctx context.Context, id index.HostID, p index.Path) (index.Found, error) {
	return e.store.Entry(ctx, id, p)
}

// Correct keeps index.Recorder.
func (e *Engine) Correct(ctx context.Context, id index.HostID, p index.Path, now *index.Entry) error {
	return e.store.Correct(ctx, id, p, now)
}

// Amend keeps index.Recorder.
func (e *Engine) Amend(ctx context.Context, id index.HostID, listings ...index.Listing) error {
	return e.store.Amend(ctx, id, listings...)
}

// PutText keeps index.Texts. When it returns the text is found by its words, in the index or,
// while that cannot be written, one by one.
func (e *Engine) PutText(ctx context.Context, text index.Text) error {
	err := e.store.Texts.Put(ctx, text)
	if err == nil {
		_ = e.texts.CatchUp(ctx) // it is tried again, and logged
	}
	return err
}

// Text keeps index.Texts.
func (e *Engine) Text(ctx context.Context, id index.HostID, p index.Path) (index.Text, error) {
	return e.store.Texts.Get(ctx, id, p)
}
