"""What a station does between acceptance and evening: couriers, the pickup board, the signed day."""
