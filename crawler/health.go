package crawler

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"trawl/index"
)

// The bounds of the schedule.
const (
	firstRetry = 15 * time.Minute   // after a failure, twice as long after each further one
	lastRetry  = 7 * 24 * time.Hour // but no longer than that
	mostShift  = 4                  // the interval is adapted to between a quarter and four times Settings.Every
	restless   = 0.05               // share of changed directories beyond which a host is crawled more often
	quiet      = 0.0005             // and below which less often
)

// nextInterval adapts how long a host is left alone to how much of it changed.
func nextInterval(h *index.Host, changed float64, first bool) time.Duration {
	every := h.Settings.Every
	last := h.Health.Next.Sub(h.Health.LastCrawl)
	if first || h.Health.Next.IsZero() || h.Health.LastCrawl.IsZero() || h.Health.Failures > 0 {
		return every
	}
	switch {
	case changed > restless:
		last /= 2
	case changed < quiet:
		last += last / 2
	}
	return min(max(last, every/mostShift), every*mostShift)
}

// noteFailure keeps that a host could not be reached; the facts known of it stay.
func (c *Crawler) noteFailure(ctx context.Context, id index.HostID, why error) error {
	ctx, cancel := lastly(ctx)
	defer cancel()
	return c.cat.Update(ctx, id, func(h *index.Host) error {
		now := time.Now()
		h.Health.Failures++
		h.Health.LastErrors, h.Health.LastError = 1, oneLine(why.Error())
		h.Health.Cause, h.Health.Words = CauseOf(why), oneLine(WordsOf(why))
		if h.Health.DownSince.IsZero() && isDown(why) {
			h.Health.DownSince = now
		}
		h.Health.Next = time.Time{}
		if h.Settings.Every > 0 {
			h.Health.Next = now.Add(retryAfter(h.Health.Failures))
		}
		return nil
	})
}

// isDown reports whether an error means that nobody can use the host now: not
// that it is full, or that we do not crawl it.
func isDown(err error) bool {
	for _, up := range []error{ErrBusy, ErrUnwelcome, ErrContact, ErrFile, ErrScheme} {
		if errors.Is(err, up) {
			return false
		}
	}
	return true
}

// retryAfter returns how long a host is left alone after so many failures.
func retryAfter(failures int) time.Duration {
	wait := min(firstRetry<<min(failures-1, 20), lastRetry)
	return wait + rand.N(wait/10) //nolint:gosec // jitter needs no secret
}
