"""What pages share, and everything that knows Streamlit: frame, state, words and views."""
