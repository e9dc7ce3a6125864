package wire_test

import (
	"fmt"

	"trawl/index"
	"trawl/web/wire"
)

func ExampleEncode() {
	schemes := index.NewSchemes(index.Scheme{Name: "ftp", Port: 21}, index.Scheme{Name: "ftps", Port: 990})
	result := index.Result{Name: "caf\u202egpj.exe", Size: 700, Count: 1, Places: []index.Place{
		{Host: "ftp://h/", Doors: []index.HostID{"ftp://h/", "ftps://h/"}, Path: "/pub/caf\xe9.exe", Shown: "/pub/café.exe"},
	}}
	line, err := wire.Encode(wire.NewResult(&result, schemes))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(line))
	// Output:
	// {"name":"caf\u202egpj.exe","kind":"file","size":700,"time":null,"score":0,"places":[{"url":"ftp://h/pub/caf%E9.exe","host":"ftp://h/","path":"/pub/café.exe","time":null,"seen":null,"urls":["ftp://h/pub/caf%E9.exe","ftps://h/pub/caf%E9.exe"]}],"count":1,"exact":true,"about":null,"text":null}
}
