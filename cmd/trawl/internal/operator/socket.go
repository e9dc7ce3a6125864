package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"trawl/cmd/trawl/internal/status"
	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/index/socket"
)

// socketName is the name of the socket in a data directory.
const socketName = "hosting.sock"

// ErrNoServe says that no trawl serve runs on a data directory.
var ErrNoServe = errors.New("no trawl serve runs")

// ErrNoHosting says that no trawl serve hosts files from a data directory.
var ErrNoHosting = errors.New("no trawl serve hosts files now; trawl serve --ftp ADDRESS --root FOLDER does")

// A call is a POST of JSON to /NAME. The reply is a reply: an error or a result.
type (
	kickArgs struct{ ID uint64 }
	banArgs  struct {
		Addr netip.Addr
		For  time.Duration
	}
	reply struct {
		Error  string          `json:",omitempty"`
		Result json.RawMessage `json:",omitempty"`
	}
)

// known returns the errors that keep their identity on the socket.
func known() []error { return []error{ErrNoSession, ErrNoBan, ErrOwn, ErrNoHosting} }

// Listen opens the socket of a data directory. Callers that dial it from then on are answered once Serve is called.
func Listen(ctx context.Context, dir string) (net.Listener, error) {
	return socket.ListenAs(ctx, dir, socketName)
}

// Serve answers on the socket until ctx is done.
func Serve(ctx context.Context, l net.Listener, o Operator, report func() status.Report) error {
	mux := http.NewServeMux()
	handle(mux, "status", func(context.Context, struct{}) (status.Report, error) { return report(), nil })
	handle(mux, "sessions", func(ctx context.Context, _ struct{}) ([]ftpd.SessionInfo, error) { return o.Sessions(ctx) })
	handle(mux, "kick", func(ctx context.Context, a kickArgs) (struct{}, error) { return struct{}{}, o.Kick(ctx, a.ID) })
	handle(mux, "bans", func(ctx context.Context, _ struct{}) ([]guard.Ban, error) { return o.Bans(ctx) })
	handle(mux, "ban", func(ctx context.Context, a banArgs) (struct{}, error) { return struct{}{}, o.Ban(ctx, a.Addr, a.For) })
	handle(mux, "unban", func(ctx context.Context, a banArgs) (struct{}, error) { return struct{}{}, o.Unban(ctx, a.Addr) })
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { srv.Close() }) //nolint:errcheck // it closes the listener, and calls that are under way
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}

// handle makes do the answer to POST /name.
func handle[Args, Result any](mux *http.ServeMux, name string, do func(context.Context, Args) (Result, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var args Args
		if err := json.NewDecoder(r.Body).Decode(&args); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var answer reply
		result, err := do(r.Context(), args)
		if err == nil {
			answer.Result, err = json.Marshal(result)
		}
		if err != nil {
			answer = reply{Error: err.Error()}
		}
		json.NewEncoder(w).Encode(answer) //nolint:errcheck,errchkjson // the client is gone
	})
}

// Client is the operator of the hosting of another process.
type Client struct{ http *http.Client }

// Dial reaches the trawl serve of a data directory. ErrNoServe if there is none.
func Dial(ctx context.Context, dir string) (*Client, error) {
	dial := func(ctx context.Context) (net.Conn, error) { return socket.DialAs(ctx, dir, socketName) }
	conn, err := dial(ctx)
	if errors.Is(err, socket.ErrNoServer) {
		return nil, ErrNoServe
	}
	if err != nil {
		return nil, fmt.Errorf("reach trawl serve: %w", err)
	}
	conn.Close()
	return &Client{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}}, nil
}

// Close ends the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call makes a call and decodes its result.
func (c *Client) call(ctx context.Context, name string, args, result any) error {
	body, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", name, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://trawl/"+name, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask for %s: %w", name, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask for %s: trawl serve went away: %w", name, err)
	}
	defer resp.Body.Close()
	var answer reply
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask for %s: trawl serve answers %s; is it another version?", name, resp.Status)
	}
	for _, sentinel := range known() {
		if answer.Error == sentinel.Error() {
			return sentinel
		}
	}
	if answer.Error != "" {
		return errors.New(answer.Error)
	}
	return json.Unmarshal(answer.Result, result)
}

// Status returns how the serve does.
func (c *Client) Status(ctx context.Context) (r status.Report, err error) {
	return r, c.call(ctx, "status", struct{}{}, &r)
}

// Sessions implements Operator.
func (c *Client) Sessions(ctx context.Context) (all []ftpd.SessionInfo, err error) {
	return all, c.call(ctx, "sessions", struct{}{}, &all)
}

// Kick implements Operator.
func (c *Client) Kick(ctx context.Context, id uint64) error {
	return c.call(ctx, "kick", kickArgs{id}, &struct{}{})
}

// Bans implements Operator.
func (c *Client) Bans(ctx context.Context) (all []guard.Ban, err error) {
	return all, c.call(ctx, "bans", struct{}{}, &all)
}

// Ban implements Operator.
func (c *Client) Ban(ctx context.Context, addr netip.Addr, d time.Duration) error {
	return c.call(ctx, "ban", banArgs{addr, d}, &struct{}{})
}

// Unban implements Operator.
func (c *Client) Unban(ctx context.Context, addr netip.Addr) error {
	return c.call(ctx, "unban", banArgs{Addr: addr}, &struct{}{})
}
