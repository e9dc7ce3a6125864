package pages

// Cursor goes through the keys of a bucket in order. The keys and values that it returns are
// valid until the transaction ends; a key is nil where there are no more. Buckets inside the
// bucket have values of their own format.
type Cursor struct {
	bucket *Bucket
	path   []place // from the root to a leaf
}

// place is an element of a page.
type place struct {
	page

	index int
}

// Cursor returns a cursor that is nowhere yet.
func (b *Bucket) Cursor() *Cursor { return &Cursor{bucket: b} }

// First goes to the first key.
func (c *Cursor) First() (key, value []byte) {
	c.path = append(c.path[:0], place{c.bucket.rootPage(), 0})
	return c.here()
}

// Seek goes to the first key that is not below key.
func (c *Cursor) Seek(key []byte) (found, value []byte) {
	p := c.bucket.rootPage()
	c.path = c.path[:0]
	for !p.leaf() {
		i := p.childFor(key)
		c.path = append(c.path, place{p, i})
		p = c.bucket.page(p.child(i))
	}
	c.path = append(c.path, place{p, p.search(key)})
	return c.here()
}

// Next goes to the next key. It must not be called on a cursor that is nowhere.
func (c *Cursor) Next() (key, value []byte) {
	if len(c.path) > 0 {
		c.path[len(c.path)-1].index++
	}
	return c.here()
}

// Last goes to the last key.
func (c *Cursor) Last() (key, value []byte) {
	p := c.bucket.rootPage()
	c.path = append(c.path[:0], place{p, p.len() - 1})
	return c.hereOrBefore()
}

// Prev goes to the previous key. It must not be called on a cursor that is nowhere.
func (c *Cursor) Prev() (key, value []byte) {
	if len(c.path) > 0 {
		c.path[len(c.path)-1].index--
	}
	return c.hereOrBefore()
}

// hereOrBefore returns the key at the place. Before the first one of a page it goes back to the
// page before.
func (c *Cursor) hereOrBefore() (key, value []byte) {
	for len(c.path) > 0 {
		last := &c.path[len(c.path)-1]
		switch {
		case last.index >= 0 && last.leaf():
			value, _ = last.value(last.index)
			return last.key(last.index), value
		case last.index >= 0:
			p := c.bucket.page(last.child(last.index))
			c.path = append(c.path, place{p, p.len() - 1})
		default:
			c.path = c.path[:len(c.path)-1]
			if len(c.path) > 0 {
				c.path[len(c.path)-1].index--
			}
		}
	}
	return nil, nil
}

// here returns the key at the place. At the end of a page it goes on to the next one.
func (c *Cursor) here() (key, value []byte) {
	for len(c.path) > 0 {
		last := &c.path[len(c.path)-1]
		switch {
		case last.index < last.len() && last.leaf():
			value, _ = last.value(last.index)
			return last.key(last.index), value
		case last.index < last.len():
			c.path = append(c.path, place{c.bucket.page(last.child(last.index)), 0})
		default:
			c.path = c.path[:len(c.path)-1]
			if len(c.path) > 0 {
				c.path[len(c.path)-1].index++
			}
		}
	}
	return nil, nil
}
