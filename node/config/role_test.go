package config

import "testing"

func TestRole(t *testing.T) {
	if role := Defaults().Role; role != RoleFull {
		t.Fatalf("the default role is %q", role)
	}
	c := Defaults()
	c.Name = "barn"
	for role, allowed := range map[string]bool{RoleFull: true, RoleLight: true, "": false, "lite": false} {
		c.Role = role
		if err := c.Validate(); (err == nil) != allowed {
			t.Errorf("role %q: %v", role, err)
		}
	}
}
