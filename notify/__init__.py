"""The one door by which stations, province desks and HQ are told something: console inbox, e-mail, SMS, WeCom."""
