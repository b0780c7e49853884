"""What rules of app.yaml do by themselves, once for each change that sets them off."""
