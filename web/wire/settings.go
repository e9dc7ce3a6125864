package wire

import (
	"net/url"

	"trawl/index"
)

// Settings are how the owner has a host crawled. Passwords are not in them.
type Settings struct {
	Every       string   `json:"every"` // "24h0m0s"; "0s" is only on demand
	User        string   `json:"user"`  // of the login; "" is anonymous
	Charset     string   `json:"charset"`
	Connections int      `json:"connections"`
	Rate        int      `json:"rate"`      // commands a second
	Bandwidth   int      `json:"bandwidth"` // bytes a second
	Window      string   `json:"window"`
	TLS         string   `json:"tls"`
	Pin         string   `json:"pin"`
	Insecure    bool     `json:"insecure"`
	Weak        bool     `json:"weak"`
	Key         string   `json:"key"`
	Proxy       string   `json:"proxy"`
	Active      bool     `json:"active"`
	Follow      bool     `json:"follow"`
	Ways        []string `json:"ways"`
	Paused      bool     `json:"paused"`
}

// NewOwnHost returns the object of a host as its owner sees it, with its settings and its last error whole.
func NewOwnHost(h *index.Host) Host {
	s := &h.Settings
	out := NewHost(h)
	out.Settings = &Settings{
		Every: s.Every.String(), User: s.User, Charset: s.Charset, Connections: s.Connections, Rate: s.Rate, Bandwidth: s.Bandwidth,
		Window: s.Window, TLS: s.TLS, Pin: s.Pin, Insecure: s.Insecure, Weak: s.Weak, Key: s.KeyFile, Proxy: withoutPassword(s.Proxy),
		Active: s.Active, Follow: s.Follow, Ways: append([]string{}, s.Ways...), Paused: s.Paused,
	}
	return out
}

// withoutPassword returns a URL whose password is hidden.
func withoutPassword(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	return u.Redacted()
}
