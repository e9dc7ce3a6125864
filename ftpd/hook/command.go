package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// command is a program with its arguments. It is run once with each upload, without a shell. The path on the disk is its last
// argument, and all is in its environment:
//
//	TRAWL_FILE   path on the disk; not there if it lies on none
//	TRAWL_PATH   path on the server
//	TRAWL_USER, TRAWL_PEER, TRAWL_BYTES, TRAWL_TIME (RFC 3339), TRAWL_TLS (0 or 1)
type command []string

var _ target = command(nil)

// maxOutput is how much of what a program says is logged.
const maxOutput = 500

func (c command) report(ctx context.Context, u Upload) error {
	args := c[1:]
	if u.File != "" {
		args = append(slices.Clip(args), u.File)
	}
	cmd := exec.CommandContext(ctx, c[0], args...) //nolint:gosec // the settings name the program
	cmd.Env = append(os.Environ(),
		"TRAWL_PATH="+u.Path, "TRAWL_USER="+u.User, "TRAWL_PEER="+u.Peer,
		"TRAWL_BYTES="+strconv.FormatInt(u.Bytes, 10), "TRAWL_TIME="+u.Time.UTC().Format(time.RFC3339), "TRAWL_TLS="+flag(u.Secure))
	if u.File != "" {
		cmd.Env = append(cmd.Env, "TRAWL_FILE="+u.File)
	}
	said := &head{}
	cmd.Stdout, cmd.Stderr = said, said
	endWithChildren(cmd)
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = errors.Join(ctx.Err(), err)
	}
	return fmt.Errorf("run %s: %w: %s", c[0], err, bytes.TrimSpace(said.b))
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// head keeps the first bytes that are written to it.
type head struct{ b []byte }

func (h *head) Write(p []byte) (int, error) {
	h.b = append(h.b, p[:min(len(p), maxOutput-len(h.b))]...)
	return len(p), nil
}
