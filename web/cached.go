package web

import (
	"sync"
	"time"
)

// cached is a value that costs too much to make for each page. It is made again when it is older than its age.
type cached[T any] struct {
	age time.Duration

	mu    sync.Mutex // guards the rest; the value is made under it, once for all who wait
	value T
	until time.Time
}

// get returns the value. One that could not be made is not cached.
func (c *cached[T]) get(create func() (T, error)) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.until) {
		return c.value, nil
	}
	value, err := create()
	if err != nil {
		return value, err
	}
	c.value, c.until = value, time.Now().Add(c.age)
	return value, nil
}
