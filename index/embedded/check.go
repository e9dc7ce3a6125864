package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"trawl/index"
)

// check proves the store: that blocks decode and are in tree order, that dirs
// finds each and nothing else, that tallies are the sums of what is there. It
// reads one moment, and calls report with each thing that is wrong.
func (s *store) check(ctx context.Context, report func(problem string)) error {
	v, err := s.view()
	if err != nil {
		return err
	}
	defer v.close()
	c := checker{view: v, report: report, found: map[blockID]struct{}{}}
	return c.all(ctx)
}

type checker struct {
	*view

	report func(problem string)
	found  map[blockID]struct{} // blocks that dirs names

	no    hostNo      // the host that is being checked
	tally index.Tally // of it
	last  []byte      // the position before
	dir   []byte      // the path of the directory before
	block block
}

func (c *checker) all(ctx context.Context) (err error) {
	defer recoverDamage(&err)
	hosts, err := c.hostTable()
	if err != nil {
		return err
	}
	cur := c.bucket("dirs").Cursor()
	for k, v := cur.First(); k != nil; k, v = cur.Next() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(k) < 6 || len(v) != 8 {
			c.report(fmt.Sprintf("key %q of a block is damaged", k))
			continue
		}
		if no := hostNo(binary.BigEndian.Uint32(k)); no != c.no {
			c.sum(hosts)
			*c = checker{view: c.view, report: c.report, found: c.found, no: no, block: c.block}
		}
		c.check(k, blockID(binary.BigEndian.Uint64(v)))
	}
	c.sum(hosts)
	for no := range hosts.byNo {
		if first, _ := cur.Seek(hostKey(no, nil)); !bytes.HasPrefix(first, hostKey(no, nil)) {
			*c = checker{view: c.view, report: c.report, found: c.found, no: no}
			c.sum(hosts)
		}
	}
	return c.orphans()
}

// sum compares the tally of the host that was checked.
func (c *checker) sum(hosts *hostTable) {
	r := hosts.byNo[c.no]
	if r == nil {
		if c.no != 0 && c.bucket("removed").Get(hostKey(c.no, nil)) == nil {
			c.report(fmt.Sprintf("there are blocks of host %d, which is not remembered", c.no))
		}
		return
	}
	prefix := hostKey(c.no, nil)
	cur := c.bucket("marks").Cursor()
	for k, data := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, data = cur.Next() {
		m, err := parseMark(data)
		if err != nil {
			c.report(fmt.Sprintf("%s: the mark of %q: %v", r.Host.ID, pathOf(k[len(prefix):]), err))
		}
		m.count(&c.tally, 1)
		if _, err := c.findDir(c.no, k[len(prefix):]); errors.Is(err, index.ErrNotFound) {
			c.report(fmt.Sprintf("%s: there is a mark of %q, which is not known", r.Host.ID, pathOf(k[len(prefix):])))
		}
	}
	if kept := tallyOf(c.tx, c.no); kept != c.tally {
		c.report(fmt.Sprintf("%s: the tally says %+v and the blocks hold %+v", r.Host.ID, kept, c.tally))
	}
}

// check proves one block.
func (c *checker) check(key []byte, id blockID) {
	c.found[id] = struct{}{}
	complain := func(format string, args ...any) {
		c.report(fmt.Sprintf("block %d of host %d: ", id, c.no) + fmt.Sprintf(format, args...))
	}
	data := c.data(id)
	if data == nil {
		complain("it is not there")
		return
	}
	if err := c.block.decode(data); err != nil {
		complain("%v", err)
		return
	}
	if c.block.host != c.no {
		complain("it says that it is of host %d", c.block.host)
	}
	if first := firstPosition(&c.block); !bytes.Equal(key[4:], first) {
		complain("it begins at %q and is kept under %q", first, key[4:])
	}
	for i := range c.block.dirs {
		d := &c.block.dirs[i]
		if err := validDir(index.Path(d.path)); err != nil {
			complain("%v", err)
		}
		if i == 0 && d.cont != bytes.Equal(d.path, c.dir) || i > 0 && d.cont {
			complain("%q goes on where it should not, or does not where it should", d.path)
		}
		if !d.cont {
			c.tally.Directories++
			c.step(d, nil, complain)
		}
		for k := d.start; k < d.end; k++ {
			c.step(d, c.block.wire(k), complain)
			if c.block.kind[k] != index.Dir {
				c.tally.Files++
				c.tally.Bytes += index.Counted(c.block.size[k])
			}
		}
		c.dir = bytes.Clone(d.path)
	}
}

// step proves that positions rise.
func (c *checker) step(d *blockDir, name []byte, complain func(string, ...any)) {
	pos := position(treeKey(d.path), name)
	if c.last != nil && bytes.Compare(c.last, pos) >= 0 {
		complain("%q is out of order", pos)
	}
	c.last = pos
}

// orphans reports blocks that dirs does not name.
func (c *checker) orphans() error {
	last := c.sequence()
	err := c.after(0, func(id blockID, _ []byte) error {
		if _, found := c.found[id]; !found {
			c.report(fmt.Sprintf("block %d belongs to no directory", id))
		}
		if uint64(id) > last {
			c.report(fmt.Sprintf("block %d is above the last number, %d", id, last))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.droppedAfter(0, func(seq uint64, ids []blockID) error {
		for _, id := range ids {
			if c.data(id) != nil {
				c.report(fmt.Sprintf("block %d is there, but transaction %d dropped it", id, seq))
			}
		}
		return nil
	})
}
