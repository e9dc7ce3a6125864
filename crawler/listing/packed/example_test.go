package packed_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"trawl/crawler/listing/packed"
)

func ExampleNewReader() {
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	_, err := z.Write([]byte("total 0\n"))
	if err = errors.Join(err, z.Close()); err != nil {
		fmt.Println(err)
		return
	}
	r, err := packed.NewReader(&file, packed.Options{Limit: 1 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = r.Close() }()
	text, err := io.ReadAll(r)
	fmt.Printf("%q %v\n", text, err)
	// Output: "total 0\n" <nil>
}
