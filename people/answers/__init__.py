"""What a writing request of the API was answered, so that the same request again is answered alike and done once."""
