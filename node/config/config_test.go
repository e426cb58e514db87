package config

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// write makes a configuration file.
func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantFaults checks that an error names exactly these faults, in order, each by a fragment.
func wantFaults(t *testing.T, err error, fragments ...string) {
	t.Helper()
	var faults Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("not Faults: %v", err)
	}
	if len(faults) != len(fragments) {
		t.Fatalf("%d faults, want %d: %v", len(faults), len(fragments), err)
	}
	for i, fragment := range fragments {
		if !strings.Contains(faults[i].String(), fragment) {
			t.Errorf("fault %q does not say %q", faults[i], fragment)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	c, err := Load("", nil)
	if err != nil || !reflect.DeepEqual(c, Defaults()) {
		t.Fatalf("got %+v, %v", c, err)
	}
}

// leaves returns the dotted toml names of all fields of a struct that are no structs.
func leaves(prefix string, kind reflect.Type) (names []string) {
	for field := range kind.Fields() {
		name := prefix + field.Tag.Get("toml")
		if field.Type.Kind() == reflect.Struct {
			names = append(names, leaves(name+".", field.Type)...)
		} else {
			names = append(names, name)
		}
	}
	return names
}

// Every field of Config is a key, in the order of the struct, and every key has what its readers need.
func TestEveryFieldIsDocumented(t *testing.T) {
	want := leaves("", reflect.TypeFor[Config]())
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("keys of the table:\n%v\nfields of the struct:\n%v", got, want)
	}
	c := Defaults()
	for i := range keys {
		k := &keys[i]
		if k.comment == "" || k.allowed == "" || k.kind == "" || !strings.HasSuffix(k.comment, ".") {
			t.Errorf("%s lacks a comment, a range or a kind", k.name)
		}
		table, _ := k.section()
		if !slices.ContainsFunc(sections, func(s struct{ name, comment string }) bool { return s.name == table }) {
			t.Errorf("%s: section %q is not written", k.name, table)
		}
		field := reflect.ValueOf(&c).Elem()
		for part := range strings.SplitSeq(k.name, ".") {
			field = field.FieldByNameFunc(func(name string) bool {
				f, _ := field.Type().FieldByName(name)
				return f.Tag.Get("toml") == part
			})
		}
		fresh, old := reflect.New(field.Type()).Elem(), reflect.ValueOf(field.Interface())
		field.Set(fresh)
		empty := k.toml(&c)
		field.Set(old)
		if defaults := Defaults(); !old.IsZero() && k.toml(&defaults) == empty {
			t.Errorf("%s does not read its own field", k.name)
		}
	}
}

func TestFileAndEnvironment(t *testing.T) {
	path := write(t, `
name = "gw-1"
[network]
seeds = ["/dns4/a.example/tcp/4470/p2p/12D3KooWA6uy1yQjuC5jvFuZcH7CejtiJMnGxjKCSyfeoGBoSiWM"]
mdns = false
[batch]
window = "1m30s"
count = 7
[storage]
memory = "64MiB"
`)
	c, err := Load(path, []string{
		"LOT_BATCH_COUNT=9", "LOT_NETWORK_ANNOUNCE=/ip4/192.0.2.1/tcp/1, /ip4/192.0.2.1/udp/1/quic-v1", "LOT_STORAGE_RESERVE=1GiB",
		"LOT_API_OPEN_METRICS=true", "LOT_BATCH_TOPIC=", "LOT_HOME=/x", "LOT_API=:1", "PATH=/bin", "LOT_LOG_LEVEL=warn", "LOT_LOG_LEVEL=debug",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Name, want.Network.MDNS = "gw-1", false
	want.Network.Seeds = []string{"/dns4/a.example/tcp/4470/p2p/12D3KooWA6uy1yQjuC5jvFuZcH7CejtiJMnGxjKCSyfeoGBoSiWM"}
	want.Network.Announce = []string{"/ip4/192.0.2.1/tcp/1", "/ip4/192.0.2.1/udp/1/quic-v1"}
	want.Batch.Window, want.Batch.Count = Duration(90*time.Second), 9
	want.Storage.Memory, want.Storage.Reserve = 64*mib, gib
	want.API.OpenMetrics, want.Log.Level = true, "debug"
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestFaultsOfFile(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string
	}{
		{"syntax", "name = \n", []string{"config.toml line 1, column"}},
		{"twice", "name = \"a\"\nname = \"b\"\n", []string{"config.toml line 2"}},
		{"unknown", "nam = \"a\"\n", []string{"config.toml line 1: unknown key nam: did you mean name?"}},
		{"unknown in section", "\n[network]\nlow-water = 3\n", []string{"config.toml line 3: unknown key network.low-water: did you mean network.low_water?"}},
		{"wrong section", "[netwrk]\nmdns = true\n", []string{"line 2: unknown key netwrk.mdns: did you mean network.mdns?"}},
		{"unknown section without keys", "[batch]\n[batch2]\n[network.x]\n[zzzzzzzz]\n", []string{
			"config.toml line 2: unknown table batch2: did you mean batch?", "line 3: unknown table network.x",
			"line 4: unknown table zzzzzzzz: see docs/configuration.md",
		}},
		{"section as a value", "network = 3\n", []string{"line 1: unknown key network"}},
		{"value as a section", "[name]\nx = 1\n", []string{"line 1, name: want a text in quotes"}},
		{"nothing like it", "[batch]\nzzzzzzzz = 1\n", []string{"unknown key batch.zzzzzzzz: see docs/configuration.md"}},
		{"dotted", "batch.count = 0\n", []string{"config.toml line 1, batch.count: 0 is out of range: choose 1 to 10000"}},
		{"types", "name = 3\n[network]\nlisten = \"x\"\nmdns = \"yes\"\nseeds = [1]\nlow_water = \"24\"\n[batch]\nwindow = 2\n[storage]\nmemory = \"64MB\"\n", []string{
			"line 1, name: want a text", "line 3, network.listen: want a list", "line 4, network.mdns: want true or false",
			"line 5, network.seeds: want texts", "line 6, network.low_water: want a whole number", "line 8, batch.window: want a duration",
			"line 10, storage.memory: \"64MB\" is no size",
		}},
		{"all at once", "name = \"A b\"\n[network]\ndht = \"maybe\"\nlisten = []\n[log]\nlevel = \"loud\"\ncolour = true\n", []string{
			"line 7: unknown key log.colour", "line 1, name: \"A b\"", "line 4, network.listen: 0 entries", "line 3, network.dht: \"maybe\": choose auto, server or client",
			"line 6, log.level",
		}},
		{"water", "[network]\nlow_water = 30\nhigh_water = 20\n", []string{"line 3, network.high_water: 20 is below network.low_water"}},
		{"one port", "[api]\nlisten = \"127.0.0.1:1\"\n[mqtt]\nlisten = \"127.0.0.1:1\"\n", []string{"line 4, mqtt.listen: 127.0.0.1:1 is the address of api.listen too"}},
		{"two locks", "passphrase_file = \"p\"\nidentity_file = \"i\"\n", []string{"line 1, passphrase_file"}},
		{"addresses", "[api]\nlisten = \"4480\"\nhosts = [\"http://x\"]\n[mqtt]\nlisten = \":99999\"\n", []string{"api.listen", "api.hosts", "mqtt.listen"}},
		{"socket without path", "[api]\nlisten = \"unix:\"\n", []string{"the path of the socket is missing"}},
		{"transports", "[network]\nlisten = [\"/ip4/0.0.0.0/udp/1\", \"/ip4/0.0.0.0/tcp/1\", \"nonsense\"]\nseeds = [\"/ip4/192.0.2.1/tcp/1\"]\n", []string{
			`"/ip4/0.0.0.0/udp/1" has no transport that Lot speaks: want /tcp/<port> or /udp/<port>/quic-v1 in it; "nonsense" is no multiaddress`,
			"append /p2p/",
		}},
		{"budgets", "[storage]\nmax = \"1GiB\"\npins = \"1020MiB\"\n", []string{
			"line 2, storage.max: 1GiB is too little: storage.batches is 1GiB, storage.pins is 1020MiB, and the ledger needs 128MiB: raise it to 2172MiB, or lower",
		}},
		{"storage", "[storage]\nmax = \"255MiB\"\nkeep = \"never\"\nreplicas = 17\nreplica_patience = \"1s\"\n", []string{
			`line 3, storage.keep: "never" is no age: want a number and a unit, such as 24h or 90m, or forever`,
			"line 2, storage.max: 255MiB is out of range: choose 256MiB to 64TiB", "line 4, storage.replicas", "line 5, storage.replica_patience",
		}},
		{"negative age", "[storage]\nkeep = \"-1h\"\n", []string{"-1h0m0s is out of range: choose 0s to forever"}},
		{"topic", "[batch]\ntopic = \"a\\u0007\"\n", []string{"control or invisible character"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(write(t, c.text), nil)
			wantFaults(t, err, c.want...)
		})
	}
}

func TestFaultsOfEnvironment(t *testing.T) {
	_, err := Load("", []string{
		"LOT_NETWORK_DHT=maybe", "LOT_BATCH_COUNT=many", "LOT_BATCH_WINDWO=2s", "LOT_NAM=x", "LOT_STORAGE_ZZZZZZZZZZZZ=1", "LOT_PORT=tcp://10.0.0.1:1883",
		"LOT_SERVICE_HOST=10.0.0.1", "LOT_API_LISTEN=127.0.0.1:0", "LOT_API_OPEN_METRICS=1",
	})
	wantFaults(t, err,
		`LOT_API_OPEN_METRICS: "1": want true or false`, `LOT_BATCH_COUNT: "many": want a whole number`,
		"LOT_BATCH_WINDWO: there is no such setting: did you mean LOT_BATCH_WINDOW?", "LOT_NAM: there is no such setting: did you mean LOT_NAME?",
		"LOT_STORAGE_ZZZZZZZZZZZZ: there is no such setting: see docs", `LOT_NETWORK_DHT: "maybe": choose auto, server or client`)
}

// A value of the environment mends what is wrong in the file, and is blamed for what it breaks.
func TestEnvironmentBeforeFile(t *testing.T) {
	path := write(t, "[log]\nlevel = \"loud\"\nformat = \"text\"\n")
	_, err := Load(path, []string{"LOT_LOG_LEVEL=info", "LOT_LOG_FORMAT=xml"})
	wantFaults(t, err, "LOT_LOG_FORMAT: ")
}

func TestMissingFile(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.toml"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := Load(write(t, strings.Repeat("#", maxFileSize+1)), nil); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}

func anyConfig(t *rapid.T) Config {
	c := Defaults()
	text := rapid.StringOfN(rapid.RuneFrom([]rune(`aZ 0."\'#=[]äß€`)), 0, 20, 100)
	c.Name = rapid.SampledFrom([]string{"", "a", "gw-1.example"}).Draw(t, "name")
	c.IdentityFile = text.Draw(t, "identity")
	c.Network.Announce = rapid.SliceOfN(rapid.SampledFrom([]string{"/ip4/192.0.2.1/tcp/1", "/ip6/::1/udp/1/quic-v1"}), 0, 3).Draw(t, "announce")
	c.Network.MDNS = rapid.Bool().Draw(t, "mdns")
	c.Network.LowWater = rapid.IntRange(1, 40).Draw(t, "low")
	c.Batch.Topic = text.Draw(t, "topic")
	c.Batch.Window = Duration(rapid.Int64Range(int64(10*time.Millisecond), int64(time.Hour)).Draw(t, "window"))
	c.Storage.Keep = rapid.SampledFrom([]Age{0, Age(time.Hour), Forever}).Draw(t, "keep")
	c.Storage.Replicas = rapid.IntRange(0, 16).Draw(t, "replicas")
	c.Storage.Memory = Size(rapid.Int64Range(int64(4*mib), int64(gib)).Draw(t, "memory"))
	c.MQTT.Listen = rapid.SampledFrom([]string{"", ":1", "[::1]:1"}).Draw(t, "mqtt")
	return c
}

func TestEncodedFileLoadsTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t)
		if err := os.WriteFile(path, c.Encode(), 0o600); err != nil {
			t.Fatal(err)
		}
		back, err := Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(back.Encode(), c.Encode()) || !reflect.DeepEqual(back.Redacted(), c.Redacted()) {
			t.Fatalf("wrote\n%s\nread %+v", c.Encode(), back)
		}
	})
}

// The default file is all comments but for the sections, and taking the # away changes nothing.
func TestDefaultFileShowsDefaults(t *testing.T) {
	text := string(Defaults().Encode())
	for line := range strings.Lines(text) {
		if line != "\n" && line[0] != '#' && line[0] != '[' {
			t.Errorf("line %q is no comment", line)
		}
	}
	var plain strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "# ") {
			line = line[1:]
		}
		plain.WriteString(line)
	}
	c, err := Load(write(t, plain.String()), nil)
	if err != nil || !slices.Equal(c.Encode(), Defaults().Encode()) {
		t.Errorf("%+v, %v", c, err)
	}
	for i := range keys {
		if _, name := keys[i].section(); !strings.Contains(text, "\n#"+name+" = ") || !strings.Contains(text, keys[i].variable()) {
			t.Errorf("%s is not in the default file", keys[i].name)
		}
	}
}

func TestRedacted(t *testing.T) {
	out, err := json.Marshal(Defaults().Redacted())
	if err != nil {
		t.Fatal(err)
	}
	for _, fragment := range []string{`"window":"2s"`, `"memory":"24MiB"`, `"seeds":[]`, `"mdns":true`, `"name":""`, `"batch":{`} {
		if !strings.Contains(string(out), fragment) {
			t.Errorf("%s lacks %s", out, fragment)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(string(Defaults().Encode()), "LOT_NAME=x")
	f.Add("name = 3\n[network]\nlisten = [[1]]\n[[batch]]\n", "LOT_BATCH_COUNT=99999999999999999999")
	f.Add("a.b.c = { d = 1979-05-27 }\n'x' = nan\n\"\" = 1\n", "=")
	path := filepath.Join(f.TempDir(), "config.toml")
	f.Fuzz(func(t *testing.T, text, variable string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, []string{variable})
		if err == nil && c.Validate() != nil {
			t.Errorf("loaded what is not valid: %v", c.Validate())
		}
	})
}
