"""Groups of alike customers: found, judged, named and explained, from numbers alone."""
