package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node/home"
)

// founding collects what a new network is made from.
type founding struct {
	members   []string
	cardFiles []string
	params    []string
	output    string
}

func (p *program) networkNewCommand() *cobra.Command {
	var f founding
	c := &cobra.Command{
		Use:   "new NAME --member CARD[,weight=1,balance=1000000]...",
		Short: "Found a network of the gateways whose member cards are given",
		Long: "Write the genesis of a new network: who is in it at first, with which weight in the committee and which balance, and under\n" +
			"which rules. Every gateway needs the same file (`lot network join`); others come later by\n" +
			"invitation (`lot invite`), and a vote of the committee can change the rules (`lot govern`). More than two thirds of the weight must agree on the\n" +
			"order, so with four members of equal weight one may fail.\n\n" +
			"A member is the card that `lot init` prints, followed by its weight (default 1; 0 for no seat) and balance in base units\n" +
			"(default " + strconv.Itoa(home.FoundingBalance) + "). A card file has one member on each line; lines that begin with # are ignored.",
		Example: "  lot network new farm --card-file cards.txt\n" +
			"  lot network new farm --member \"$(ssh barn lot init -q)\" --member \"$(lot init -q),weight=2\" --param approvals=3",
		Args: wants("NAME"),
	}
	c.Flags().StringArrayVar(&f.members, "member", nil, "a member, `CARD[,weight=N][,balance=N]`; may be repeated")
	c.Flags().StringArrayVar(&f.cardFiles, "card-file", nil, "a `FILE` with a member on each line, - for standard input; may be repeated")
	c.Flags().StringArrayVar(&f.params, "param", nil, "a rule of the network, `KEY=NUMBER`, as lot network show lists them; may be repeated")
	c.Flags().StringVarP(&f.output, "output", "o", "genesis.toml", "the `FILE` to write, - for standard output")
	c.RunE = func(c *cobra.Command, args []string) error {
		g, err := p.found(c, args[0], f)
		if err != nil {
			return err
		}
		if f.output == "-" {
			return p.deliverBytes("-", g.Encode())
		}
		if err := writeNew(f.output, g.Encode()); err != nil {
			return err
		}
		return p.print(fmt.Sprintf("Network %q of %d members is founded: %s\nIts genesis is %s. Give the file to every member, and on each: lot network join %s\n",
			g.Name(), len(g.Members()), g.ID(), f.output, f.output))
	}
	return c
}

// found makes the genesis.
func (p *program) found(c *cobra.Command, name string, f founding) (*bootstrap.Genesis, error) {
	entries := f.members
	for _, path := range f.cardFiles {
		lines, err := p.cardLines(path)
		if err != nil {
			return nil, err
		}
		entries = append(entries, lines...)
	}
	if len(entries) == 0 {
		return nil, usage(c, "a network needs members: give --member or --card-file")
	}
	m := bootstrap.Manifest{Name: name, Created: uint64(p.now().UnixMilli()), Parameters: bootstrap.DefaultParameters()}
	for i, entry := range entries {
		member, err := parseMember(entry)
		if err != nil {
			return nil, fmt.Errorf("member %d: %w", i+1, err)
		}
		m.Members = append(m.Members, member)
	}
	g, err := bootstrap.NewGenesis(m)
	if err != nil {
		return nil, fmt.Errorf("network %.80q: %w", name, err)
	}
	return withParameters(g, f.params)
}

// maxCardFile bounds a file of cards, in bytes: bootstrap.MaxMembers of the longest.
const maxCardFile = 2 << 20

// cardLines returns the members in a file.
func (p *program) cardLines(path string) (lines []string, err error) {
	text, err := p.readInput(path, maxCardFile)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// parseMember reads CARD[,weight=N][,balance=N].
func parseMember(entry string) (bootstrap.Member, error) {
	text, options, _ := strings.Cut(entry, ",")
	card, err := bootstrap.ParseCard(text)
	if err != nil {
		return bootstrap.Member{}, err
	}
	values := map[string]uint64{"weight": 1, "balance": home.FoundingBalance}
	for option := range strings.FieldsFuncSeq(options, func(r rune) bool { return r == ',' || r == ' ' }) {
		key, number, _ := strings.Cut(option, "=")
		value, err := strconv.ParseUint(number, 10, 64)
		if _, known := values[key]; !known || err != nil {
			return bootstrap.Member{}, fmt.Errorf("%.80q: want weight=NUMBER or balance=NUMBER behind the card", option)
		}
		values[key] = value
	}
	return card.Member(values["weight"], values["balance"])
}

// withParameters sets rules by the names that they have in the genesis file. It goes through that file's form, so that names
// and ranges are known in one place only.
func withParameters(g *bootstrap.Genesis, params []string) (*bootstrap.Genesis, error) {
	if len(params) == 0 {
		return g, nil
	}
	document, rules, err := genesisDocument(g)
	if err != nil {
		return nil, err
	}
	for _, param := range params {
		key, number, _ := strings.Cut(param, "=")
		value, err := strconv.ParseInt(number, 10, 64)
		if _, known := rules[key]; !known || err != nil {
			return nil, fail(exitUsage, "there are: "+strings.Join(slices.Sorted(maps.Keys(rules)), ", "), "--param %.80q: want KEY=NUMBER", param)
		}
		rules[key] = value
	}
	text, err := toml.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	return bootstrap.ParseGenesis(text)
}

// genesisDocument returns a genesis as its file has it, and the rules in it.
func genesisDocument(g *bootstrap.Genesis) (document, rules map[string]any, err error) {
	if err := toml.NewDecoder(bytes.NewReader(g.Encode())).Decode(&document); err != nil {
		return nil, nil, fmt.Errorf("genesis: %w", err)
	}
	rules, ok := document["parameters"].(map[string]any)
	if !ok {
		return nil, nil, errors.New("genesis: it has no parameters")
	}
	return document, rules, nil
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a genesis is for everyone to read
	if errors.Is(err, fs.ErrExist) {
		return fail(exitFailure, "choose another with -o, or move that one away", "%s exists and is not overwritten", path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// readInput reads a file of at most limit bytes; - is standard input.
func (p *program) readInput(path string, limit int64) ([]byte, error) {
	source := p.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		source = f
	}
	content, err := io.ReadAll(io.LimitReader(source, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("read %s: larger than %d bytes", path, limit)
	}
	return content, nil
}
