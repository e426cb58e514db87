package main

import (
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
	"github.com/ledgerofthings/lot/node/joining"
)

func TestInvite(t *testing.T) {
	s := newShell(t)
	backend := serveFake(t, s).backend
	out := s.want(exitOK, "lets one gateway, as shed, join within 60 min, once", "invite", "--name", "shed", "--expires", "1h").out
	for _, line := range []string{"\nlotinvite:aeabc234\n", "lot join TOKEN", "lot invite revoke lotinv:", "\n  /ip4/192.0.2.7/tcp/4470\n"} {
		if !strings.Contains(out, line) {
			t.Errorf("%q is missing in\n%s", line, out)
		}
	}
	if strings.Contains(out, "█") {
		t.Error("a QR code, although the output is no terminal")
	}
	view := decode(t, s.want(exitOK, "", "invite", "--json").out)
	if view["token"] != "lotinvite:aeabc234" || view["expires"] != 5000.0 || len(view) != 4 {
		t.Errorf("%v", view)
	}
	backend.Update(func(d *apitest.Data) {
		if len(d.Invited) != 2 || d.Invited[0] != (api.NewInvitation{Name: "shed", ExpiresIn: 3_600_000}) || d.Invited[1].ExpiresIn != joining.DefaultLifetime {
			t.Errorf("%+v", d.Invited)
		}
	})
	s.want(exitUsage, "--expires 10s: choose 1m to 720h", "invite", "--expires", "10s")
	s.want(exitUsage, "--expires 721h0m0s", "invite", "--expires", "721h")
	s.want(exitFailure, "body.name", "invite", "--name", "Shed!")
	s.want(exitOK, "The invitation shed is taken back.", "invite", "revoke", "shed")
	s.want(exitNotFound, "there is no invitation shed", "invite", "revoke", "shed")
	backend.Update(func(d *apitest.Data) { d.Invitations = nil })
	s.want(exitOK, "There are no invitations.", "invite", "list")
}

// The QR code of a usual token fits on a screen of 80 columns and 40 lines.
func TestInviteQR(t *testing.T) {
	s := newShell(t)
	backend := serveFake(t, s).backend
	backend.Update(func(d *apitest.Data) { d.Invitation.Token = "lotinvite:" + strings.Repeat("a2", 200) })
	out := s.want(exitOK, "█", "invite", "--qr").out
	rows := 0
	for line := range strings.Lines(out) {
		if strings.ContainsAny(line, "█▀▄") {
			rows++
			if width := len([]rune(line)); width > 80 {
				t.Fatalf("a row of %d characters", width)
			}
		}
	}
	if rows < 20 || rows > 38 {
		t.Errorf("%d rows", rows)
	}
}

func TestGovernAndMembers(t *testing.T) {
	s := newShell(t)
	backend := serveFake(t, s).backend
	event := apitest.ID(2).String()
	s.want(exitOK, "Proposed, and approved by this gateway. The others with a seat: lot govern approve "+event, "govern", "propose", "seat", "loft", "2")
	s.want(exitOK, event, "govern", "propose", "remove", "loft", "--expires", "1h", "--json")
	s.want(exitOK, event, "govern", "propose", "parameter", "epoch_rounds", "500")
	s.want(exitOK, event, "govern", "propose", "version", "2")
	s.want(exitOK, event, "govern", "propose", "pause", "anchor")
	s.want(exitOK, event, "govern", "propose", "release", "anchor")
	week := uint64(7 * 24 * time.Hour / time.Millisecond)
	backend.Update(func(d *apitest.Data) {
		want := []api.Change{
			{Verb: "seat", Member: "loft", Weight: 2}, {Verb: "remove", Member: "loft"}, {Verb: "parameter", Name: "epoch_rounds", Value: 500},
			{Verb: "version", Value: 2}, {Verb: "pause", Name: "anchor"}, {Verb: "release", Name: "anchor"},
		}
		for n, proposed := range d.Proposed {
			if len(proposed.Changes) != 1 || proposed.Changes[0] != want[n] || n != 1 && proposed.ExpiresIn != week || n == 1 && proposed.ExpiresIn != 3_600_000 {
				t.Errorf("%+v, want %+v", proposed, want[n])
			}
		}
		if len(d.Proposed) != len(want) {
			t.Errorf("%d proposals", len(d.Proposed))
		}
	})
	s.want(exitOK, "The approval is on its way, event "+event, "govern", "approve", apitest.ID(5).String())
	s.want(exitNotFound, "there is no proposal", "govern", "approve", apitest.ID(9).String())
	s.want(exitOK, "loft is a member until the end of the epoch. Event "+event, "member", "remove", "loft")
	s.want(exitNotFound, "there is no member roof", "member", "remove", "roof")
	for line, want := range map[string]string{
		"govern propose seat loft two":            `WEIGHT: "two"`,
		"govern propose seat loft 1000001":        "0 to 1000000",
		"govern propose parameter epoch_round 7":  `there is no parameter "epoch_round"`,
		"govern propose parameter approvals 9":    "approvals 9 is out of range, choose 2 to 8",
		"govern propose parameter approvals -1":   "approvals",
		"govern propose version 0":                "N: ",
		"govern propose":                          "say which: parameter, pause, release, remove, seat, version",
		"govern propose pause anchor --expires 0": "--expires",
		"govern approve x":                        "event id",
	} {
		r := s.run(strings.Fields(line)...)
		if r.code != exitUsage || !strings.Contains(r.err, want) && !strings.Contains(want, "approvals") {
			t.Errorf("%s: code %d, %s", line, r.code, r.err)
		}
	}
	backend.Update(func(d *apitest.Data) { d.Proposals = nil })
	s.want(exitOK, "There are no proposals.", "govern", "list")
}
