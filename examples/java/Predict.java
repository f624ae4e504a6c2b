import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;

/**
 * Sends a picture to Shoal and prints the answer, which is JSON. Trying again is safe: it never makes a second prediction.
 * Needs Java 17 and no library:
 *
 * <pre>java examples/java/Predict.java http://127.0.0.1:8080 demo-yolo examples/scene_2033_0_640x512.jpg</pre>
 *
 * Where the server asks for a key, put it into the environment as API_KEY.
 */
public final class Predict {
  /** The server says by these, or by not answering at all, that it is worth trying again. */
  private static final Set<Integer> TRY_AGAIN = Set.of(429, 503);

  private static final double PAUSE_MAX_S = 30;

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final URI server;

  public Predict(String url) {
    this.server = URI.create(url.endsWith("/") ? url : url + "/");
  }

  /** The answer's text. Throws an IOException with the server's error, or a TimeoutException when there was no answer. */
  public String predict(String model, Path picture, Duration deadline)
      throws IOException, InterruptedException, TimeoutException {
    long endNs = System.nanoTime() + deadline.toNanos();
    String boundary = "shoal-" + UUID.randomUUID();
    byte[] form = form(boundary, model, picture);
    HttpRequest.Builder post =
        request(server.resolve("v1/predictions"))
            // One key for all attempts: to the server they are one request.
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(BodyPublishers.ofByteArray(form));
    HttpResponse<String> answer = untilAnswered(post, endNs);
    // Accepted, but the server did not want to keep us waiting: its answer is fetched.
    while (answer.statusCode() == 202) {
      URI place = answer.uri().resolve(answer.headers().firstValue("location").orElseThrow());
      answer = untilAnswered(request(place).header("Prefer", "wait=20").GET(), endNs);
    }
    // A prediction that is fetched may have failed, and is answered with 200 all the same.
    if (answer.statusCode() != 200 || !answer.body().contains("\"status\":\"succeeded\"")) {
      throw new IOException(answer.body());
    }
    return answer.body();
  }

  /** Sends it again and again until there is an answer that another attempt would not change. */
  private HttpResponse<String> untilAnswered(HttpRequest.Builder request, long endNs)
      throws InterruptedException, TimeoutException {
    double pauseS = 0.5;
    while (true) {
      Duration left = Duration.ofNanos(endNs - System.nanoTime());
      if (left.isNegative() || left.isZero()) throw new TimeoutException("no answer before the deadline");
      String toldS = null;
      try {
        HttpResponse<String> answer = client.send(request.timeout(left).build(), BodyHandlers.ofString());
        if (!TRY_AGAIN.contains(answer.statusCode())) return answer;
        toldS = answer.headers().firstValue("retry-after").orElse(null);
      } catch (IOException lost) {
        // Nobody knows whether it arrived. The key makes that harmless.
      }
      // With some chance in it, so that those who were refused together do not come back together.
      double chance = ThreadLocalRandom.current().nextDouble(0.5, 1);
      long waitNs = (long) (1e9 * (toldS == null ? pauseS * chance : Double.parseDouble(toldS)));
      pauseS = Math.min(PAUSE_MAX_S, 2 * pauseS);
      if (System.nanoTime() + waitNs >= endNs) throw new TimeoutException("no answer before the deadline");
      Thread.sleep(Duration.ofNanos(waitNs).toMillis());
    }
  }

  private static HttpRequest.Builder request(URI address) {
    HttpRequest.Builder request = HttpRequest.newBuilder(address);
    String key = System.getenv("API_KEY");
    return key == null ? request : request.header("Authorization", "Bearer " + key);
  }

  private static byte[] form(String boundary, String model, Path picture) throws IOException {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    form.writeBytes(
        text("--%s\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n%s\r\n", boundary, model));
    form.writeBytes(
        text(
            "--%s\r\nContent-Disposition: form-data; name=\"image\"; filename=\"picture\"\r\n\r\n",
            boundary));
    form.writeBytes(Files.readAllBytes(picture));
    form.writeBytes(text("\r\n--%s--\r\n", boundary));
    return form.toByteArray();
  }

  private static byte[] text(String format, Object... values) {
    return format.formatted(values).getBytes(StandardCharsets.UTF_8);
  }

  public static void main(String[] given) throws InterruptedException {
    if (given.length < 3) {
      System.err.println("usage: Predict URL MODEL PICTURE [SECONDS]");
      System.exit(2);
    }
    Duration deadline = Duration.ofSeconds(given.length > 3 ? Long.parseLong(given[3]) : 60);
    try {
      System.out.println(new Predict(given[0]).predict(given[1], Path.of(given[2]), deadline));
    } catch (IOException | TimeoutException problem) {
      System.err.println(problem.getMessage());
      System.exit(1);
    }
  }
}
