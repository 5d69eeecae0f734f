"""What a run leaves behind for people: the Allure page and the signed-off report."""
