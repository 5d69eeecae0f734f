"""Reports of a run for people: the Allure page, the story, the verdicts."""
