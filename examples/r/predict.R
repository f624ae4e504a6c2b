# Sends a picture to Shoal and prints what is in it. Trying again is safe: it never makes a second prediction.
#
#   Rscript examples/r/predict.R http://127.0.0.1:8080 demo-yolo examples/scene_2033_0_640x512.jpg
#
# Needs the packages httr2 and jsonlite. Where the server asks for a key, put it into the environment as API_KEY.

library(httr2)

pause_max_s <- 30

# The answer as a list. Stops with the server's code and message, or when there was no answer before the deadline.
predict_picture <- function(url, model, path, deadline_s = 60) {
  end <- Sys.time() + deadline_s
  # One key for all attempts: to the server they are one request.
  key <- paste(sample(c(0:9, letters[1:6]), 32, replace = TRUE), collapse = "")
  posted <- request(url) |>
    req_url_path_append("v1/predictions") |>
    req_headers("Idempotency-Key" = key) |>
    req_body_multipart(model = model, image = curl::form_file(path))
  answer <- until_answered(posted, end)
  # Accepted, but the server did not want to keep us waiting: its answer is fetched.
  while (resp_status(answer) == 202) {
    place <- curl::curl_parse_url(resp_header(answer, "location"), baseurl = posted$url)$url
    answer <- until_answered(request(place) |> req_headers(Prefer = "wait=20"), end)
  }
  body <- resp_body_json(answer)
  # A prediction that is fetched may have failed, and is answered with 200 all the same.
  if (resp_status(answer) != 200 || body$status != "succeeded") {
    stop(body$error$code, ": ", body$error$message, call. = FALSE)
  }
  body
}

# Performs the request again and again until there is an answer that another attempt would not change.
until_answered <- function(request, end) {
  key <- Sys.getenv("API_KEY")
  if (key != "") request <- req_auth_bearer_token(request, key)
  pause_s <- 0.5
  repeat {
    left_s <- as.numeric(difftime(end, Sys.time(), units = "secs"))
    if (left_s <= 0) stop("no answer before the deadline", call. = FALSE)
    # NULL where the connection failed: nobody knows whether it arrived, and the key makes that harmless.
    answer <- tryCatch(
      request |>
        req_timeout(left_s) |>
        # What is worth another attempt is decided here, with one deadline for all of them.
        req_retry(max_tries = 1, is_transient = function(answer) FALSE) |>
        req_error(is_error = function(answer) FALSE) |>
        req_perform(),
      error = function(problem) NULL
    )
    if (!is.null(answer) && !(resp_status(answer) %in% c(429, 503))) return(answer)
    told_s <- if (is.null(answer)) NULL else resp_header(answer, "retry-after")
    # With some chance in it, so that those who were refused together do not come back together.
    wait_s <- if (is.null(told_s)) pause_s * runif(1, 0.5, 1) else as.numeric(told_s)
    pause_s <- min(pause_max_s, 2 * pause_s)
    if (Sys.time() + wait_s >= end) stop("no answer before the deadline", call. = FALSE)
    Sys.sleep(wait_s)
  }
}

given <- commandArgs(trailingOnly = TRUE)
if (length(given) < 3) stop("usage: predict.R URL MODEL PICTURE [SECONDS]", call. = FALSE)
deadline_s <- if (length(given) > 3) as.numeric(given[[4]]) else 60
for (found in predict_picture(given[[1]], given[[2]], given[[3]], deadline_s)$detections) {
  box <- paste(round(unlist(found$box[c("x1", "y1", "x2", "y2")])), collapse = " ")
  cat(given[[3]], found$label, sprintf("%.3f", found$score), box, sep = "\t")
  cat("\n")
}
