package ssh

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
)

// extension is one of the requests that OpenSSH has added (its file PROTOCOL, section 4).
type extension struct {
	name, version string // a version is advertised
	command
}

func extensions() []extension {
	return []extension{
		{"posix-rename@openssh.com", "1", command{"ss", posixRename}},
		{"statvfs@openssh.com", "2", command{"s", statVFS}},
		{"fstatvfs@openssh.com", "2", command{"s", fstatVFS}},
		{"fsync@openssh.com", "1", command{"s", fsync}},
		{"limits@openssh.com", "1", command{"", limits}},
	}
}

// extended answers a request of an extension.
func extended(ctx context.Context, c *channel, id uint32, a args) error {
	for _, e := range extensions() {
		if e.name != a.s[0] {
			continue
		}
		a, ok := parse(e.form, a.data)
		if !ok {
			return errMessage
		}
		return e.run(ctx, c, id, a)
	}
	return errUnsupported
}

func posixRename(_ context.Context, c *channel, _ uint32, a args) error {
	return c.renamed(a.s[0], a.s[1], c.login.View.Rename)
}

func statVFS(_ context.Context, c *channel, id uint32, a args) error {
	p, err := c.resolve(a.s[0])
	if err != nil {
		return err
	}
	return c.space(id, p)
}

func fstatVFS(_ context.Context, c *channel, id uint32, a args) error {
	h := c.handles[a.s[0]]
	if h == nil {
		return errHandle
	}
	return c.space(id, h.path)
}

// space answers how much room there is at a path: none where the user may not write. How much there is in all is not said.
func (c *channel) space(id uint32, p string) error {
	free, err := c.login.View.Free(p)
	if errors.Is(err, fs.ErrPermission) {
		free, err = 0, nil
		if _, err := c.login.View.Stat(p); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	const block, many = 4096, 1 << 30
	blocks := uint64(free) / block
	c.reply(fxpReply, id, func(b []byte) []byte {
		for _, n := range []uint64{block, block, blocks, blocks, blocks, many, many, many, 0, 0, 255} {
			b = binary.BigEndian.AppendUint64(b, n)
		}
		return b
	})
	return errDone
}

// fsync waits until what came of an upload is on the disk.
func fsync(_ context.Context, c *channel, _ uint32, a args) error {
	h := c.handles[a.s[0]]
	if h == nil || h.writing == nil {
		return errHandle
	}
	return h.writing.up.Sync()
}

// limits answers with the bounds of packets, and of handles.
func limits(_ context.Context, c *channel, id uint32, _ args) error {
	c.reply(fxpReply, id, func(b []byte) []byte {
		for _, n := range []uint64{maxPacket, maxData, maxData, maxHandles} {
			b = binary.BigEndian.AppendUint64(b, n)
		}
		return b
	})
	return errDone
}
