package api_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
)

// scrape returns the metrics of a gateway.
func scrape(t *testing.T, g *gateway) string {
	t.Helper()
	w := g.ask("GET", "/metrics", "")
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestGaugesFollowTheStatus(t *testing.T) {
	g := newGateway(t, nil)
	first := scrape(t, g)
	for _, want := range []string{
		"lot_in_sync 1", "lot_peers 3", "lot_ledger_events 120", "lot_ledger_ordered_total 100", "lot_finality_median_seconds 0.21",
		"lot_committee_live_weight 4", "lot_checkpoint_signed_weight 3", "lot_readings_final_total 4", "lot_storage_free_bytes 1.073741824e+09",
		"lot_ledger_time_seconds 5", `lot_build_info{go="go1.26",revision="",version="1.2.3"} 1`, `lot_committee_member_live{key="did:key:`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("no %q in the metrics", want)
		}
	}
	g.backend.Update(func(d *apitest.Data) { d.Status.Sync.InSync, d.Status.Peers = false, 0 })
	if second := scrape(t, g); !strings.Contains(second, "lot_in_sync 0") || !strings.Contains(second, "lot_peers 0") {
		t.Error("the gauges do not follow the status")
	}
}

func TestCountersSurviveABrokenStatus(t *testing.T) {
	g := newGateway(t, nil)
	g.metrics.ReadingRefused("replay")
	g.backend.Update(func(d *apitest.Data) { d.Fail = errors.New("no") })
	text := scrape(t, g)
	if !strings.Contains(text, `lot_readings_refused_by_reason_total{reason="replay"} 1`) || strings.Contains(text, "lot_in_sync") {
		t.Error("the counters are gone, or gauges without a status are there")
	}
}

func TestCounters(t *testing.T) {
	g := newGateway(t, nil)
	m := g.metrics
	m.EventAttached("transfer")
	m.EventAttached("")
	m.EventOrdered(api.StateNoOp)
	m.EventRefused("signature")
	m.GossipJudged("reject")
	m.StepTook(time.Millisecond)
	m.CommitTook(time.Millisecond)
	m.FinalityTook(time.Second)
	m.AckTook(time.Millisecond)
	g.ask("GET", "/api/v1/peers", "")
	g.ask("GET", "/api/v1/nothing", "")
	text := scrape(t, g)
	for _, want := range []string{
		`lot_events_attached_total{kind="transfer"} 1`, `lot_events_attached_total{kind="witness"} 1`, `lot_events_ordered_total{status="no-op"} 1`,
		`lot_events_refused_total{reason="signature"} 1`, `lot_gossip_messages_total{verdict="reject"} 1`, "lot_step_seconds_count 1",
		"lot_store_commit_seconds_count 1", "lot_finality_seconds_sum 1", "lot_reading_ack_seconds_count 1",
		`lot_http_requests_total{code="200",route="GET /api/v1/peers"} 1`, `lot_http_requests_total{code="404",route="none"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the metrics", want)
		}
	}
}

func TestLabelsAreBounded(t *testing.T) {
	m := api.NewMetrics()
	for n := range 10 * api.MaxLabels {
		m.EventAttached(fmt.Sprintf("kind-%d", n))
	}
	m.EventAttached("kind-0")
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	if n := strings.Count(text, "lot_events_attached_total{"); n != api.MaxLabels+1 {
		t.Errorf("%d values, want %d", n, api.MaxLabels+1)
	}
	for _, want := range []string{fmt.Sprintf(`{kind="other"} %d`, 9*api.MaxLabels), `{kind="kind-0"} 2`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}
