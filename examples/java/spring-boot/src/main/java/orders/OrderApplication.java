package orders;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A web service whose orders are sagas, and survive it. */
@SpringBootApplication
public class OrderApplication {
    /**
     * Runs it.
     *
     * @param arguments Spring's, such as {@code --server.port=8081}
     */
    public static void main(String[] arguments) {
        SpringApplication.run(OrderApplication.class, arguments);
    }
}
